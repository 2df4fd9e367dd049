import test from 'ava'
import { iperf3Sequence, longestGap } from './handover-gap.ts'

/** A packet per millisecond; `missing` never arrive. */
function stream(count: number, missing: readonly number[]) {
  return Array.from({ length: count }, (_, index) => ({
    atMilliseconds: 1000 + index,
    sequence: index + 1,
  })).filter(({ sequence }) => !missing.includes(sequence))
}

test('the number in a datagram of iperf3', (t) => {
  t.is(iperf3Sequence('00000a080002b7fb00000003b482c8af'), 3)
  t.is(iperf3Sequence('39383736'), undefined)
  t.is(iperf3Sequence(''), undefined)
})

test('gap and lost packets', (t) => {
  const gap = longestGap(stream(100, [50, 51, 52]), 100, 1000)
  t.is(gap?.milliseconds, 4)
  t.is(gap?.before.sequence, 49)
  t.is(gap?.after.sequence, 53)
  t.is(gap?.lostPackets, 3)
})

test('a silence before the move does not count, its lost packets do', (t) => {
  const gap = longestGap(stream(100, [10, 11, 12, 13, 50]), 100, 1040)
  t.is(gap?.milliseconds, 2)
  t.is(gap?.lostPackets, 5)
})

test('a silence that the move cut short by starting in it counts', (t) => {
  t.is(longestGap(stream(100, [50, 51, 52]), 100, 1050)?.milliseconds, 4)
})

test('packets lost at the end, duplicates, disorder', (t) => {
  const arrivals = stream(90, [])
  const [first, second] = arrivals
  t.is(longestGap(arrivals, 100, 0)?.lostPackets, 10)
  if (!first || !second) return t.fail()
  t.is(longestGap([second, first, ...arrivals], 90, 0)?.lostPackets, 0)
})

test('no stream, no gap', (t) => {
  t.is(longestGap([], 0, 0), undefined)
  t.is(longestGap(stream(1, []), 1, 0), undefined)
})
