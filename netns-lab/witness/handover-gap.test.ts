import test from 'ava'
import { iperf3Packet, iperf3Sequence, longestGap, moveGaps } from './handover-gap.ts'

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

test('when a datagram of iperf3 was sent', (t) => {
  t.deepEqual(iperf3Packet('00000a080002b7fb00000003b482c8af'), {
    sequence: 3,
    sentMilliseconds: 2_568_178.171,
  })
  t.is(iperf3Packet('39383736'), undefined)
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

/** Every packet takes 2 ms. */
const timed = (count: number, missing: readonly number[]) =>
  stream(count, missing).map((arrival) => ({ ...arrival, sentMilliseconds: arrival.atMilliseconds - 1002 }))

test('each move has its own silence and its own lost packets', (t) => {
  const [first, second] = moveGaps(timed(300, [50, 51, 52, 150]), [1045, 1140])
  t.deepEqual(first, {
    silenceMilliseconds: 4,
    lostPackets: 3,
    duplicates: 0,
    addedDelayMilliseconds: 0,
    resumedAtMilliseconds: 1052,
  })
  t.is(second?.silenceMilliseconds, 2)
  t.is(second?.lostPackets, 1)
})

test('packets that come late or twice after a move', (t) => {
  const arrivals = timed(100, [60])
  const late = { sequence: 60, atMilliseconds: 1074, sentMilliseconds: 57 }
  const again = { sequence: 70, atMilliseconds: 1070, sentMilliseconds: 67 }
  const [gap] = moveGaps([...arrivals, late, again], [1050])
  t.is(gap?.lostPackets, 0)
  t.is(gap?.duplicates, 1)
  t.is(gap?.addedDelayMilliseconds, 15)
})

test('a move before or after the stream has no gap', (t) => {
  t.deepEqual(moveGaps(timed(10, []), [900]), [])
  t.deepEqual(moveGaps(timed(10, []), [2000]), [])
  t.deepEqual(moveGaps([], [1000]), [])
})
