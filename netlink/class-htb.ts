import { formatRate } from '#core/units.ts'
import { attributes, type Encodable } from './attribute.ts'
import { s32, u32, u64 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { struct } from './struct.ts'
import {
  bytesIn,
  bytesPerSecond,
  type LinkLayer,
  linkLayerOf,
  rate64Of,
  rateSpecification,
  rateSpecificationOf,
  rateTable,
  rateTableOf,
  renderLinkLayer,
  ticks,
} from './tc-rate.ts'

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
  ceilTable: [3, 'TCA_HTB_CTAB', rateTable],
  rateTable: [4, 'TCA_HTB_RTAB', rateTable],
  rate64: [6, 'TCA_HTB_RATE64', u64],
  ceil64: [7, 'TCA_HTB_CEIL64', u64],
})

/** Counters of a class: `struct tc_htb_xstats` (linux/pkt_sched.h). */
export const htbClassStatistics = struct('tc_htb_xstats', {
  /** Packets that went out at the class's own rate, and at one borrowed from above. */
  lends: u32,
  borrows: u32,
  giants: u32,
  /** What is left of the bursts, in ticks; negative where more was sent. */
  tokens: s32,
  ceilTokens: s32,
})

export interface HtbClass extends LinkLayer {
  /** Guaranteed. The kernel keeps whole bytes per second: a remainder of bits is dropped. */
  rateBitsPerSecond: number
  /** May be borrowed up to. */
  ceilBitsPerSecond: number
  /** What may be sent at once at `rate`; at least one packet. */
  burstBytes: number
  /** What may be sent at once at `ceil`; at least one packet. */
  ceilBurstBytes: number
  /** What the class may send before its neighbours get their turn; at least one packet. 0: by the qdisc's `rateToQuantum`. */
  quantumBytes: number
  /** 0 to 7; what can be borrowed goes to the lowest number first. */
  priority: number
}

/**
 * The type of a class, for `addClass`. `withTables` sends rate tables too, 2 KiB that only kernels before 3.8 need. Like `tc class
 * add ... htb rate RATE ceil CEIL burst BYTES cburst BYTES quantum BYTES prio N mpu BYTES overhead BYTES linklayer LAYER`.
 */
export function htbClass(settings: HtbClass, { withTables = false } = {}) {
  const rate = bytesPerSecond(settings.rateBitsPerSecond)
  const ceil = bytesPerSecond(settings.ceilBitsPerSecond)
  return {
    kind: 'htb',
    options: {
      htb: {
        rate64: rate64Of(rate),
        ceil64: rate64Of(ceil),
        parameters: {
          rate: rateSpecificationOf(rate, settings, withTables),
          ceil: rateSpecificationOf(ceil, settings, withTables),
          burstTicks: ticks(settings.burstBytes, rate),
          ceilBurstTicks: ticks(settings.ceilBurstBytes, ceil),
          quantumBytes: settings.quantumBytes,
          priority: settings.priority,
        },
        rateTable: withTables ? rateTableOf(rate, settings) : undefined,
        ceilTable: withTables ? rateTableOf(ceil, settings) : undefined,
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
    ...linkLayerOf(parameters.rate ?? {}),
  }
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
    renderLinkLayer(settings),
  ]
}
