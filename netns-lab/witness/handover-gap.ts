/** The gap that moves leave in a stream, from the packets that arrived. Pure. */
import { quantile } from './quantile.ts'

export interface Arrival {
  /** Milliseconds since 1970. */
  atMilliseconds: number
  sequence: number
}

export interface TimedArrival extends Arrival {
  /** By the sender's clock, whatever that counts from. */
  sentMilliseconds: number
}

export interface Gap {
  /** The arrivals at both ends of the longest silence. */
  before: Arrival
  after: Arrival
  milliseconds: number
  /** Numbers from 1 to the highest sent that never came. */
  lostPackets: number
}

/**
 * iperf3 numbers its datagrams from 1: seconds (4 bytes), microseconds (4), number (4). The few bytes by which both ends greet each
 * other are no data: undefined.
 */
export function iperf3Sequence(payloadHex: string): number | undefined {
  if (payloadHex.length < 24) return undefined
  const sequence = Number.parseInt(payloadHex.slice(16, 24), 16)
  return Number.isNaN(sequence) ? undefined : sequence
}

/** The same with the time in front of the number. */
export function iperf3Packet(
  payloadHex: string,
): Pick<TimedArrival, 'sequence' | 'sentMilliseconds'> | undefined {
  const sequence = iperf3Sequence(payloadHex)
  const word = (at: number): number => Number.parseInt(payloadHex.slice(at * 8, at * 8 + 8), 16)
  return sequence === undefined ? undefined : { sequence, sentMilliseconds: word(0) * 1000 + word(1) / 1000 }
}

/**
 * The longest silence that has an end at or after `from`, and all packets of the stream that were lost. A silence alone can be a pause
 * of the machine; the lost packets are counted by number.
 */
export function longestGap(arrivals: readonly Arrival[], sentPackets: number, from: number): Gap | undefined {
  const inOrder = arrivals.toSorted((a, b) => a.atMilliseconds - b.atMilliseconds)
  let longest: Omit<Gap, 'lostPackets'> | undefined
  for (const [index, after] of inOrder.entries()) {
    const before = inOrder[index - 1]
    if (!before || after.atMilliseconds < from) continue
    const milliseconds = after.atMilliseconds - before.atMilliseconds
    if (!longest || milliseconds > longest.milliseconds) longest = { before, after, milliseconds }
  }
  const arrived = new Set(inOrder.map(({ sequence }) => sequence)).size
  return longest && { ...longest, lostPackets: Math.max(0, sentPackets - arrived) }
}

/** What a receiver noticed of one move. */
export interface MoveGap {
  silenceMilliseconds: number
  lostPackets: number
  /** Packets that came once more. */
  duplicates: number
  /** By how much the slowest packet came later than half of the stream's do. */
  addedDelayMilliseconds: number
  /** The first packet to come after the longest silence. */
  resumedAtMilliseconds: number
}

/**
 * The gap of each move of a long stream. `moves`: when each began, milliseconds since 1970; it counts until the next, the last one until
 * the end. A packet belongs to the move before which the one in front of it had come.
 */
export function moveGaps(arrivals: readonly TimedArrival[], moves: readonly number[]): MoveGap[] {
  const inOrder = arrivals.toSorted((a, b) => a.atMilliseconds - b.atMilliseconds)
  const arrived = new Set(inOrder.map(({ sequence }) => sequence))
  const delayOf = ({ atMilliseconds, sentMilliseconds }: TimedArrival): number =>
    atMilliseconds - sentMilliseconds
  const usualDelay = quantile(inOrder.map(delayOf), 0.5)
  const begin = moves.map((move) => inOrder.findIndex(({ atMilliseconds }) => atMilliseconds >= move))
  const highest = (own: readonly TimedArrival[]): number =>
    own.reduce((most, { sequence }) => Math.max(most, sequence), 0)
  return begin.flatMap((first, index) => {
    if (first < 1) return []
    const end = begin[index + 1] ?? inOrder.length
    const own = inOrder.slice(first - 1, end < 0 ? inOrder.length : end)
    const gap = longestGap(own, 0, 0)
    if (!gap) return []
    const from = highest(inOrder.slice(Math.max(0, first - reorderedPackets), first))
    const to = highest(own)
    let lostPackets = 0
    for (let sequence = from + 1; sequence < to; sequence++) if (!arrived.has(sequence)) lostPackets++
    const came = own.slice(1)
    return {
      silenceMilliseconds: gap.milliseconds,
      lostPackets,
      duplicates: came.length - new Set(came.map(({ sequence }) => sequence)).size,
      addedDelayMilliseconds: came.reduce((most, packet) => Math.max(most, delayOf(packet) - usualDelay), 0),
      resumedAtMilliseconds: gap.after.atMilliseconds,
    }
  })
}

/** A packet is not overtaken by more than these. */
const reorderedPackets = 1000
