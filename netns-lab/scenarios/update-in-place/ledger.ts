/** What became of packets between two captures. Pure. */
import { iperf3Sequence } from '../../witness/handover-gap.ts'
import { ipv4Packet, networkPackets, protocols } from '../../witness/packet-file.ts'

export interface SeenPacket {
  kind: 'datagram' | 'segment' | 'other'
  /** Tells a datagram or a segment from all others. */
  id: string
  /** Of the outermost header, in bytes. */
  ipLength: number
  /** Of each IP header, the outermost first. */
  dscp: number[]
}

const ipHeader = 20
const udpHeader = 8

/**
 * The packets of a capture, in their order. Segments that a receiving kernel has joined (GRO) are counted one by one, since the
 * classes count so. @param longestSegment payload of a TCP segment on the way, in bytes
 */
export function seenPackets(file: Buffer, longestSegment: number): SeenPacket[] {
  return networkPackets(file).flatMap((bytes): SeenPacket[] => {
    const outer = ipv4Packet(bytes)
    const tunnelled = outer.protocol === protocols.ipip
    const inner = tunnelled ? ipv4Packet(outer.payload) : outer
    const dscp = tunnelled ? [outer.dscp, inner.dscp] : [inner.dscp]
    const { identification, protocol, payload } = inner
    if (protocol === protocols.tcp) {
      const headers = outer.length - inner.length + ipHeader + (payload.readUInt8(12) >> 4) * 4
      const first = payload.readUInt32BE(4)
      const length = outer.length - headers
      return Array.from({ length: Math.max(1, Math.ceil(length / longestSegment)) }, (_, index) => ({
        kind: 'segment',
        id: `${(first + index * longestSegment) % 2 ** 32} ${(identification + index) % 2 ** 16}`,
        ipLength: headers + Math.min(longestSegment, length - index * longestSegment),
        dscp,
      }))
    }
    const number =
      protocol === protocols.udp ? iperf3Sequence(payload.subarray(udpHeader).toString('hex')) : undefined
    const seen = { ipLength: outer.length, dscp }
    return [
      number === undefined
        ? { kind: 'other', id: '', ...seen }
        : { kind: 'datagram', id: `${number}`, ...seen },
    ]
  })
}

export interface Account {
  lost: string[]
  /** More than once, or never sent. */
  surplus: string[]
  /** Those that came after one that had been sent later. */
  overtaken: string[]
}

export function account(sent: readonly SeenPacket[], arrived: readonly SeenPacket[]): Account {
  const place = new Map(sent.map(({ id }, index) => [id, index]))
  const seen = new Set<string>()
  const surplus: string[] = []
  const overtaken: string[] = []
  let furthest = -1
  for (const { id } of arrived) {
    const index = place.get(id)
    if (index === undefined || seen.has(id)) {
      surplus.push(id)
      continue
    }
    seen.add(id)
    if (index < furthest) overtaken.push(id)
    furthest = Math.max(furthest, index)
  }
  return { lost: sent.map(({ id }) => id).filter((id) => !seen.has(id)), surplus, overtaken }
}

/** Values one after the other, each with the number of its repetitions. */
export function runsOf(values: readonly string[]): { value: string; count: number }[] {
  const runs: { value: string; count: number }[] = []
  for (const value of values) {
    const last = runs.at(-1)
    if (last?.value === value) last.count++
    else runs.push({ value, count: 1 })
  }
  return runs
}
