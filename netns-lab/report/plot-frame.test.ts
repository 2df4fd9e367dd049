import test from 'ava'
import { fitText, labelRows } from './plot-frame.ts'

test('labels that would touch go into different rows', (t) => {
  const labels = [
    { x: 100, text: 'operator: gold' },
    { x: 120, text: 'bronze' },
    { x: 400, text: 'silver' },
  ]
  t.deepEqual(
    labelRows(labels, 900).map((place) => place.row),
    [0, 1, 0],
  )
})

test('a label at the right edge is drawn leftwards', (t) => {
  t.deepEqual(labelRows([{ x: 880, text: 'mn2 joins' }], 900), [{ row: 0, flipped: true }])
})

test('a text that does not fit is cut with an ellipsis', (t) => {
  t.is(fitText('short', 100), 'short')
  t.is(fitText('a long label indeed', 60), 'a long…')
})
