import { formatRate } from '#core/units.ts'
import { attributes, type Encodable } from './attribute.ts'
import { u32, u64 } from './attribute-type.ts'
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

/** Token bucket filter: `TCA_TBF_*` and `struct tc_tbf_qopt` (linux/pkt_sched.h). */
export const tbfAttributes = attributes({
  parameters: [
    1,
    'TCA_TBF_PARMS',
    struct('tc_tbf_qopt', {
      rate: rateSpecification,
      peakRate: rateSpecification,
      limitBytes: u32,
      /** The time that sending the burst takes at `rate`, in ticks. */
      burstTicks: u32,
      /** The time that sending the peak burst takes at `peakRate`, in ticks. */
      peakBurstTicks: u32,
    }),
  ],
  rateTable: [2, 'TCA_TBF_RTAB', rateTable],
  peakRateTable: [3, 'TCA_TBF_PTAB', rateTable],
  rate64: [4, 'TCA_TBF_RATE64', u64],
  peakRate64: [5, 'TCA_TBF_PRATE64', u64],
  /** In requests: instead of the ticks. */
  burstBytes: [6, 'TCA_TBF_BURST', u32],
  peakBurstBytes: [7, 'TCA_TBF_PBURST', u32],
})

export interface Tbf extends LinkLayer {
  rateBitsPerSecond: number
  /** What may be sent at once. A packet that is longer is dropped. */
  burstBytes: number
  /** What may wait. For a longest wait of T seconds: rate in bytes per second times T, plus the burst. */
  limitBytes: number
  /** What the burst is sent at. Absent: at once. */
  peak?: { rateBitsPerSecond: number; burstBytes: number }
}

/**
 * The type of a qdisc, for `addQdisc`. `withTables` sends rate tables too, which only kernels before 3.8 need. Like `tc qdisc add ...
 * tbf rate RATE burst BYTES limit BYTES peakrate RATE mtu BYTES`.
 */
export function tbf(settings: Tbf, { withTables = false } = {}) {
  const { peak, burstBytes, limitBytes } = settings
  const rate = bytesPerSecond(settings.rateBitsPerSecond)
  const peakRate = peak === undefined ? 0 : bytesPerSecond(peak.rateBitsPerSecond)
  return {
    kind: 'tbf',
    options: {
      tbf: {
        parameters: {
          rate: rateSpecificationOf(rate, settings, withTables),
          peakRate: peak && rateSpecificationOf(peakRate, settings, withTables),
          limitBytes,
          burstTicks: ticks(burstBytes, rate),
          peakBurstTicks: peak && ticks(peak.burstBytes, peakRate),
        },
        burstBytes,
        rate64: rate64Of(rate),
        rateTable: withTables ? rateTableOf(rate, settings) : undefined,
        peakRate64: rate64Of(peakRate),
        peakBurstBytes: peak?.burstBytes,
        peakRateTable: peak && withTables ? rateTableOf(peakRate, settings) : undefined,
      },
    },
  } as const
}

/** What a message says, in the units of `Tbf`. Bursts come back within one tick's worth of what was set. */
export function readTbf(value: Encodable<typeof tbfAttributes>): Tbf | undefined {
  const { parameters } = value
  if (parameters === undefined) return undefined
  const rate = Number(value.rate64 ?? parameters.rate?.bytesPerSecond ?? 0)
  const peakRate = Number(value.peakRate64 ?? parameters.peakRate?.bytesPerSecond ?? 0)
  const peak = {
    rateBitsPerSecond: peakRate * 8,
    burstBytes: value.peakBurstBytes ?? bytesIn(parameters.peakBurstTicks ?? 0, peakRate),
  }
  return {
    rateBitsPerSecond: rate * 8,
    burstBytes: value.burstBytes ?? bytesIn(parameters.burstTicks ?? 0, rate),
    limitBytes: parameters.limitBytes ?? 0,
    ...linkLayerOf(parameters.rate ?? {}),
    ...(peakRate > 0 ? { peak } : {}),
  }
}

export function renderTbf(value: Encodable<typeof tbfAttributes>): Words {
  const settings = readTbf(value)
  if (settings === undefined) return []
  const { peak } = settings
  return [
    option('rate', formatRate(settings.rateBitsPerSecond)),
    option('burst', settings.burstBytes),
    option('limit', settings.limitBytes),
    renderLinkLayer(settings),
    peak && [option('peakrate', formatRate(peak.rateBitsPerSecond)), option('mtu', peak.burstBytes)],
  ]
}
