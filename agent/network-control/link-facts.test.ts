import test from 'ava'
import { isWorthTelling, type LinkFacts, linkFacts } from './link-facts.ts'

const sample = (atMilliseconds: number, bytes: number, drops: number, up = true) => ({
  atMilliseconds,
  up,
  bytes: BigInt(bytes),
  drops: BigInt(drops),
})

test('facts are what was counted between two looks', (t) => {
  t.deepEqual(linkFacts(sample(1000, 1000, 5), sample(3000, 126_000, 45), 1e6), {
    atMilliseconds: 3000,
    up: true,
    utilization: 0.5,
    dropsPerSecond: 20,
  })
})

test('without a former look, and after counters that began anew, nothing is claimed', (t) => {
  const nothing = { atMilliseconds: 3000, up: false, utilization: 0, dropsPerSecond: 0 }
  const now = sample(3000, 500, 5, false)
  for (const before of [undefined, sample(1000, 501, 0), sample(1000, 0, 6), sample(3000, 0, 0)])
    t.deepEqual(linkFacts(before, now, 1e6), nothing)
})

test('what is told: up and down, changes beyond the threshold, the end of drops, and once a minute', (t) => {
  const told: LinkFacts = { atMilliseconds: 0, up: true, utilization: 0.5, dropsPerSecond: 4 }
  const rows: [change: Partial<LinkFacts>, isTold: boolean][] = [
    [{}, false],
    [{ up: false }, true],
    [{ utilization: 0.54 }, false],
    [{ utilization: 0.56 }, true],
    [{ utilization: 0.44 }, true],
    [{ dropsPerSecond: 13 }, false],
    [{ dropsPerSecond: 14 }, true],
    [{ dropsPerSecond: 0 }, true],
    [{ atMilliseconds: 59_999 }, false],
    [{ atMilliseconds: 60_000 }, true],
  ]
  const thresholds = { utilization: 0.05, dropsPerSecond: 10 }
  for (const [change, isTold] of rows)
    t.is(isWorthTelling(told, { ...told, ...change }, thresholds), isTold, JSON.stringify(change))
  t.true(isWorthTelling(undefined, told, thresholds))
})
