/** The gap that a move leaves in a stream, from the packets that arrived. Pure. */

export interface Arrival {
  /** Milliseconds since 1970. */
  atMilliseconds: number
  sequence: number
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
