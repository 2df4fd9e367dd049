import { formatRate } from '#core/units.ts'
import { attributes, type Encodable } from './attribute.ts'
import { choice, raw, u8, u16, u32, u64 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { struct } from './struct.ts'

const rateSpecification = struct('tc_ratespec', {
  cellLog: u8,
  /** With a link layer named, the kernel computes sizes itself and needs no rate tables, 1 KiB each. */
  linkLayer: choice(u8, { unaware: 0, ethernet: 1, atm: 2 }),
  overhead: u16,
  cellAlign: u16,
  minimumPacketUnit: u16,
  /** All ones where the rate needs 64 bits. */
  bytesPerSecond: u32,
})

/**
 * Hierarchical token bucket, a class: `TCA_HTB_*` and `struct tc_htb_opt` (linux/pkt_sched.h). Rates are
 * bytes per second.
 */
export const htbClassAttributes = attributes({
  parameters: [
    1,
    'TCA_HTB_PARMS',
    struct('tc_htb_opt', {
      rate: rateSpecification,
      ceil: rateSpecification,
      /** The time that sending the burst takes at `rate`, in ticks. */
      burstTicks: u32,
      /** The time that sending the ceil burst takes at `ceil`, in ticks. */
      ceilBurstTicks: u32,
      quantumBytes: u32,
      /** In answers: 0 for a class without classes below it. */
      level: u32,
      priority: u32,
    }),
  ],
  ceilTable: [3, 'TCA_HTB_CTAB', raw],
  rateTable: [4, 'TCA_HTB_RTAB', raw],
  rate64: [6, 'TCA_HTB_RATE64', u64],
  ceil64: [7, 'TCA_HTB_CEIL64', u64],
})

/** One tick of the packet scheduler (PSCHED_SHIFT in net/pkt_sched.h, second field of /proc/net/psched). */
const nanosecondsPerTick = 64

export interface HtbClass {
  /** Guaranteed. The kernel keeps whole bytes per second: a remainder of bits is dropped. */
  rateBitsPerSecond: number
  /** May be borrowed up to. */
  ceilBitsPerSecond: number
  /** What may be sent at once at `rate`; at least one packet. */
  burstBytes: number
  /** What may be sent at once at `ceil`; at least one packet. */
  ceilBurstBytes: number
  /** What the class may send before its neighbours get their turn; at least one packet. */
  quantumBytes: number
  /** 0 to 7; what can be borrowed goes to the lowest number first. */
  priority: number
}

/**
 * The type of a class, for `addClass`. Like `tc class add ... htb rate RATE ceil CEIL burst BYTES cburst
 * BYTES quantum BYTES prio N`.
 */
export function htbClass(settings: HtbClass) {
  const rate = bytesPerSecond(settings.rateBitsPerSecond)
  const ceil = bytesPerSecond(settings.ceilBitsPerSecond)
  return {
    kind: 'htb',
    options: {
      htb: {
        parameters: {
          rate: { linkLayer: 'ethernet', bytesPerSecond: clipped(rate) },
          ceil: { linkLayer: 'ethernet', bytesPerSecond: clipped(ceil) },
          burstTicks: ticks(settings.burstBytes, rate),
          ceilBurstTicks: ticks(settings.ceilBurstBytes, ceil),
          quantumBytes: settings.quantumBytes,
          priority: settings.priority,
        },
        rate64: rate > 0xffffffff ? BigInt(rate) : undefined,
        ceil64: ceil > 0xffffffff ? BigInt(ceil) : undefined,
      },
    },
  } as const
}

/**
 * What a message says of a class, in the units of `HtbClass`. Bursts come back within one tick's worth of
 * what was set.
 */
export function readHtbClass(value: Encodable<typeof htbClassAttributes>): HtbClass | undefined {
  const { parameters, rate64, ceil64 } = value
  if (parameters === undefined) return undefined
  const rate = Number(rate64 ?? parameters.rate?.bytesPerSecond ?? 0)
  const ceil = Number(ceil64 ?? parameters.ceil?.bytesPerSecond ?? 0)
  return {
    rateBitsPerSecond: rate * 8,
    ceilBitsPerSecond: ceil * 8,
    burstBytes: bytesIn(parameters.burstTicks ?? 0, rate),
    ceilBurstBytes: bytesIn(parameters.ceilBurstTicks ?? 0, ceil),
    quantumBytes: parameters.quantumBytes ?? 0,
    priority: parameters.priority ?? 0,
  }
}

/** The lowest rate of the kernel is one byte per second. */
function bytesPerSecond(bitsPerSecond: number): number {
  return Math.max(1, Math.floor(bitsPerSecond / 8))
}

function clipped(bytesPerSecond: number): number {
  return Math.min(bytesPerSecond, 0xffffffff)
}

function ticks(bytes: number, bytesPerSecond: number): number {
  return Math.min(Math.round(((bytes / bytesPerSecond) * 1e9) / nanosecondsPerTick), 0xffffffff)
}

function bytesIn(duration: number, bytesPerSecond: number): number {
  return Math.round((duration * nanosecondsPerTick * bytesPerSecond) / 1e9)
}

export function renderHtbClass(value: Encodable<typeof htbClassAttributes>): Words {
  const settings = readHtbClass(value)
  if (settings === undefined) return []
  return [
    option('rate', formatRate(settings.rateBitsPerSecond)),
    option('ceil', formatRate(settings.ceilBitsPerSecond)),
    option('burst', settings.burstBytes),
    option('cburst', settings.ceilBurstBytes),
    option('quantum', settings.quantumBytes || undefined),
    option('prio', settings.priority || undefined),
  ]
}
