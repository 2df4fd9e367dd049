/**
 * Rates and bursts as the packet scheduler wants them: `struct tc_ratespec` (linux/pkt_sched.h), durations in ticks, rate tables.
 * The kernel counts bytes per second; this library's interfaces count bits.
 */
import type { Encodable } from './attribute.ts'
import { type AttributeType, choice, u8, u16, u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { struct } from './struct.ts'

/** One tick of the packet scheduler (PSCHED_SHIFT in net/pkt_sched.h, second field of /proc/net/psched). */
export const nanosecondsPerTick = 64

export const rateSpecification = struct('tc_ratespec', {
  cellLog: u8,
  /** With a link layer named, the kernel computes sizes itself and needs no rate tables, 1 KiB each. */
  linkLayer: choice(u8, { unaware: 0, ethernet: 1, atm: 2 }),
  overhead: u16,
  cellAlign: u16,
  minimumPacketUnit: u16,
  /** All ones where the rate needs 64 bits. */
  bytesPerSecond: u32,
})

/** How long packets are on the wire, beyond what the kernel knows of them. */
export interface LinkLayer {
  /** `atm` counts whole cells of 53 bytes for every 48. Ethernet when absent. */
  linkLayer?: 'ethernet' | 'atm'
  /** Added to each packet. */
  overheadBytes?: number
  /** What a shorter packet counts as. */
  minimumPacketBytes?: number
}

/**
 * The specification of a rate in bytes per second. With `withTable` as `tc` fills it in for a rate table of cells of 8 bytes; without
 * it is all that the kernel needs.
 */
export function rateSpecificationOf(rate: number, layer: LinkLayer, withTable = false) {
  return {
    cellLog: withTable ? cellLog : undefined,
    linkLayer: layer.linkLayer ?? 'ethernet',
    overhead: layer.overheadBytes,
    cellAlign: withTable ? 0xffff : undefined,
    minimumPacketUnit: layer.minimumPacketBytes,
    bytesPerSecond: Math.min(rate, 0xffffffff),
  } as const
}

/** The attribute that holds a rate which 32 bits do not. */
export function rate64Of(rate: number): bigint | undefined {
  return rate > 0xffffffff ? BigInt(rate) : undefined
}

/** Whole bytes per second: a remainder of bits is dropped. The lowest rate of the kernel is one. */
export function bytesPerSecond(bitsPerSecond: number): number {
  return Math.max(1, Math.floor(bitsPerSecond / 8))
}

/** The ticks that sending so much takes. */
export function ticks(bytes: number, bytesPerSecond: number): number {
  return Math.min(Math.round(((bytes / bytesPerSecond) * 1e9) / nanosecondsPerTick), 0xffffffff)
}

/** What is sent in so many ticks. */
export function bytesIn(duration: number, bytesPerSecond: number): number {
  return Math.round((duration * nanosecondsPerTick * bytesPerSecond) / 1e9)
}

const cells = 256
const cellLog = 3
const ticksPerMicrosecond = 1000 / nanosecondsPerTick

/** For each length of packet in steps of 8 bytes, the ticks that sending it takes. */
export const rateTable: AttributeType<number[], readonly number[]> = {
  read: (bytes, start, end) =>
    Array.from({ length: (end - start) >> 2 }, (_, cell) => bytes.readUInt32LE(start + cell * 4)),
  write: (writer, table) => {
    for (const entry of table) u32.write(writer, entry)
  },
}

/** The table of a rate in bytes per second, in whole microseconds as `tc` makes it (kernels before 3.8 need one). */
export function rateTableOf(rate: number, layer: LinkLayer): number[] {
  return Array.from({ length: cells }, (_, cell) => {
    const sent = sizeOnLink((cell + 1) << cellLog, layer)
    return Math.floor(Math.floor((sent / rate) * 1e6) * ticksPerMicrosecond)
  })
}

/** What a packet of this length, with its overhead, takes of the link. */
export function sizeOnLink(bytes: number, { linkLayer, minimumPacketBytes = 0 }: LinkLayer): number {
  const length = Math.max(bytes, minimumPacketBytes)
  return linkLayer === 'atm' ? Math.ceil(length / 48) * 53 : length
}

/** What a specification says of the link layer; what is as usual is absent. */
export function linkLayerOf({
  linkLayer,
  overhead,
  minimumPacketUnit,
}: Encodable<typeof rateSpecification>): LinkLayer {
  return {
    ...(linkLayer === 'atm' ? { linkLayer } : {}),
    ...(overhead ? { overheadBytes: overhead } : {}),
    ...(minimumPacketUnit ? { minimumPacketBytes: minimumPacketUnit } : {}),
  }
}

export function renderLinkLayer({ linkLayer, overheadBytes, minimumPacketBytes }: LinkLayer): Words {
  return [
    option('mpu', minimumPacketBytes || undefined),
    option('overhead', overheadBytes || undefined),
    linkLayer === 'atm' ? 'linklayer atm' : undefined,
  ]
}
