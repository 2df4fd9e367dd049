import test from 'ava'
import { frameRate, meanGoodput, payloadShare, settledAt } from './goodput.ts'

const interval = (startSeconds: number, megabits: number) => ({
  startSeconds,
  endSeconds: startSeconds + 0.25,
  bytes: (megabits * 1e6 * 0.25) / 8,
})
const steps = [4, 4, 4, 4, 30, 20, 20, 20].map((megabits, index) => interval(index * 0.25, megabits))

test('payload share: the frame of a full tunnelled segment', (t) => {
  t.is(payloadShare(1480), 1428 / 1514)
})

test('a stream of datagrams takes its headers too', (t) => {
  t.is(frameRate({ rateBitsPerSecond: 51_200, bytes: 64 }), 100_800)
})

test('mean goodput counts whole intervals only', (t) => {
  t.is(meanGoodput(steps, 0, 1), 4e6)
  t.is(meanGoodput(steps, 0.1, 0.9), 4e6)
  t.is(meanGoodput(steps, 1.25, 2), 20e6)
  t.is(meanGoodput(steps, 3, 4), undefined)
})

test('settled: after the burst of the change', (t) => {
  t.is(settledAt(steps, 1, 20e6, 0.1), 1.5)
  t.is(settledAt(steps, 0, 4e6, 0.1), 0.25)
  t.is(settledAt(steps, 0, 8e6, 0.1), undefined)
  t.is(settledAt(steps, Number.NaN, 4e6, 0.1), undefined)
})
