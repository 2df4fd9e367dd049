import test from 'ava'
import fc from 'fast-check'
import { describeEvent, event } from './events.ts'

test('a seed always tells the same, and over many seeds everything happens', (t) => {
  const drawn = (seed: number) => fc.sample(event, { seed, numRuns: 8 })
  t.deepEqual(drawn(7), drawn(7))
  const kinds = new Set(
    Array.from({ length: 50 }, (_, seed) => drawn(seed))
      .flat()
      .map((one) => one.happening.kind),
  )
  t.deepEqual([...kinds].sort(), ['buy', 'impair', 'kill', 'move'])
})

test('an event as a person would tell it', (t) => {
  const happening = { kind: 'move', node: 'mn1', to: 'b1' } as const
  t.is(describeEvent({ happening, pauseMilliseconds: 20 }), 'move node mn1, to b1; 20 ms')
})
