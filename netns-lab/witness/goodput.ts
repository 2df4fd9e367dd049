/** Goodput from iperf3's intervals, and what it should be. Pure. */
import type { GoodputInterval } from './iperf3.ts'

const ethernetHeader = 14
const ipv4Header = 20
const udpHeader = 8
/** With the timestamp option, which Linux sends unless told otherwise. */
const tcpHeader = 32

/**
 * The share of a shaped rate that is payload of TCP. The home agent's HTB counts Ethernet frames of tunnelled packets: path MTU 1480
 * gives 1428 bytes of payload in 1480 + 20 (outer header) + 14 = 1514 bytes. The foreign agent counts the smaller inner frame at the
 * same rate, so the home agent decides.
 */
export function payloadShare(pathMtu: number): number {
  return (pathMtu - ipv4Header - tcpHeader) / (pathMtu + ipv4Header + ethernetHeader)
}

/** What a stream of datagrams takes of a class at the home agent: payload, UDP, IP and outer IP header, Ethernet. */
export function frameRate(stream: { rateBitsPerSecond: number; bytes: number }): number {
  return (
    (stream.rateBitsPerSecond * (stream.bytes + udpHeader + 2 * ipv4Header + ethernetHeader)) / stream.bytes
  )
}

/** Mean in bits per second of the intervals that lie wholly within [from, to] seconds; undefined when none does. */
export function meanGoodput(
  intervals: readonly GoodputInterval[],
  from: number,
  to: number,
): number | undefined {
  // iperf3's ends are late by some microseconds.
  const tolerance = 0.02
  const within = intervals.filter(
    ({ startSeconds, endSeconds }) => startSeconds >= from - tolerance && endSeconds <= to + tolerance,
  )
  const seconds = within.reduce((sum, { startSeconds, endSeconds }) => sum + endSeconds - startSeconds, 0)
  const bytes = within.reduce((sum, interval) => sum + interval.bytes, 0)
  return seconds > 0 ? (bytes * 8) / seconds : undefined
}

/**
 * When the goodput had come to a new value: the end of the first interval from `from` on that, taken together with the next one,
 * lies within `tolerance` (a share) of it; undefined if it never had, or if `from` is unknown (NaN). Two at a time, because one can catch the burst of the change itself.
 */
export function settledAt(
  intervals: readonly GoodputInterval[],
  from: number,
  bitsPerSecond: number,
  tolerance: number,
): number | undefined {
  if (Number.isNaN(from)) return undefined
  for (const [index, interval] of intervals.entries()) {
    const next = intervals[index + 1]
    if (!next || interval.startSeconds < from) continue
    const mean = ((interval.bytes + next.bytes) * 8) / (next.endSeconds - interval.startSeconds)
    if (Math.abs(mean / bitsPerSecond - 1) <= tolerance) return interval.endSeconds
  }
  return undefined
}
