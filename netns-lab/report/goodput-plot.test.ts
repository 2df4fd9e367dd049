import test from 'ava'
import { goodputPlot, linePath, marksOf, medianWithin, seriesOfOnePlot } from './goodput-plot.ts'
import type { Series } from './report.ts'
import { sampleReport } from './sample-report.fixture.ts'

function series(id: string, from: number, to: number, unit = 'Mbit/s'): Series {
  const points = Array.from({ length: to - from + 1 }, (_, index) => ({
    atSeconds: from + index,
    value: index,
  }))
  return { id, what: id, unit, points, marks: [] }
}

test('series that overlap in time share a plot, others do not', (t) => {
  const plots = seriesOfOnePlot([
    series('a', 0, 10),
    series('b', 20, 30),
    series('c', 25, 35),
    series('packets', 0, 10, 'packets/s'),
    { ...series('nothing', 0, 0), points: [] },
  ])
  t.deepEqual(
    plots.map((plot) => plot.map((one) => one.id)),
    [['a'], ['b', 'c'], ['packets']],
  )
})

test('a series between two plots joins them', (t) => {
  const plots = seriesOfOnePlot([series('a', 0, 10), series('b', 20, 30), series('bridge', 5, 25)])
  t.deepEqual(
    plots.map((plot) => plot.map((one) => one.id)),
    [['a', 'b', 'bridge']],
  )
})

test('the line breaks where nothing was measured', (t) => {
  const points = [0, 1, 2, 9, 10].map((atSeconds) => ({ atSeconds, value: 1 }))
  t.is(linePath(points, { x: (value) => value, y: (value) => value }), 'M0 1L1 1L2 1M9 1L10 1')
})

test('the median leaves out the ends of a span', (t) => {
  const measured = series('a', 0, 10)
  t.is(medianWithin(measured, { fromSeconds: 2, toSeconds: 8, value: 5, label: '' }), 5)
  t.is(medianWithin(measured, { fromSeconds: 50, toSeconds: 60, value: 5, label: '' }), undefined)
})

test('every mark and expected rate of the sample stands in the wide plot', (t) => {
  const text = goodputPlot('goodput', sampleReport.series, 'wide').toString()
  for (const mark of marksOf(sampleReport.series)) t.true(text.includes(`>${mark.label}<`), mark.label)
  for (const one of sampleReport.series)
    for (const reference of one.reference ?? [])
      t.true(text.includes(`>${reference.label}</text>`), reference.label)
  t.is(text.match(/class="band /g)?.length, 4)
})

test('a plot of a single point has no number that is not one', (t) => {
  const text = goodputPlot('goodput', [series('a', 5, 5)], 'narrow').toString()
  t.notRegex(text, /NaN|Infinity|undefined/)
})
