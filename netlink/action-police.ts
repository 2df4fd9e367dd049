import { formatRate } from '#core/units.ts'
import { actionTimes } from './action-times.ts'
import { type Verdict, verdict } from './action-verdict.ts'
import { attributes, type Encodable } from './attribute.ts'
import { s32, u32, u64 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { struct } from './struct.ts'
import * as rates from './tc-rate.ts'

/** Limits a rate by refusing what exceeds it: `TCA_POLICE_*` and `struct tc_police` (linux/pkt_cls.h). */
export const policeAttributes = attributes({
  parameters: [
    1,
    'TCA_POLICE_TBF',
    struct('tc_police', {
      index: u32,
      exceed: verdict,
      limit: u32,
      /** The time that sending the burst takes at `rate`, in ticks. */
      burstTicks: u32,
      mtuBytes: u32,
      rate: rates.rateSpecification,
      peakRate: rates.rateSpecification,
      references: s32,
      bindings: s32,
      capabilities: u32,
    }),
  ],
  /** The kernel refuses a rate without its table, though it only reads the link layer off it. */
  rateTable: [2, 'TCA_POLICE_RATE', rates.rateTable],
  peakRateTable: [3, 'TCA_POLICE_PEAKRATE', rates.rateTable],
  averageBytesPerSecond: [4, 'TCA_POLICE_AVRATE', u32],
  conform: [5, 'TCA_POLICE_RESULT', verdict],
  times: [6, 'TCA_POLICE_TM', actionTimes],
  rate64: [8, 'TCA_POLICE_RATE64', u64],
  peakRate64: [9, 'TCA_POLICE_PEAKRATE64', u64],
  packetsPerSecond: [10, 'TCA_POLICE_PKTRATE64', u64],
  /** The time that the burst of packets takes, in ticks. */
  packetBurstTicks: [11, 'TCA_POLICE_PKTBURST64', u64],
})

export interface Police extends rates.LinkLayer {
  /** With `burstBytes`; not together with a rate of packets. */
  rateBitsPerSecond?: number
  burstBytes?: number
  /** With `packetBurst`, which is there only after the time that it takes: at first no packet conforms. */
  packetsPerSecond?: number
  packetBurst?: number
  /** Longer packets exceed. 2,040 when absent: with segmentation offload say 65,535. */
  mtuBytes?: number
  peakRateBitsPerSecond?: number
  /** Needs an `estimator` in the filter, so no shared action has it. `tc` can't say it together with a rate. */
  averageBitsPerSecond?: number
  /** For packets above the rate; `reclassify` when absent, as with `tc`, which can't say `goto chain N` beside `conform`. */
  exceed?: Verdict
  /** For packets within the rate; `pass` when absent. */
  conform?: Verdict
}

/**
 * Like `action police rate RATE burst BYTES mtu BYTES peakrate RATE avrate RATE pkts_rate N pkts_burst N conform-exceed
 * EXCEED/CONFORM`.
 */
export function police({ exceed = 'reclassify', conform, ...settings }: Police) {
  const { packetsPerSecond, packetBurst = 0, averageBitsPerSecond } = settings
  const rate = inBytes(settings.rateBitsPerSecond)
  const peak = inBytes(settings.peakRateBitsPerSecond)
  return {
    kind: 'police',
    options: {
      police: {
        parameters: {
          exceed,
          burstTicks: rate && rates.ticks(settings.burstBytes ?? 0, rate),
          mtuBytes: settings.mtuBytes,
          rate: rate === undefined ? undefined : rates.rateSpecificationOf(rate, settings, true),
          peakRate: peak === undefined ? undefined : rates.rateSpecificationOf(peak, settings, true),
        },
        rateTable: rate === undefined ? undefined : rates.rateTableOf(rate, settings),
        rate64: rate === undefined ? undefined : rates.rate64Of(rate),
        peakRateTable: peak === undefined ? undefined : rates.rateTableOf(peak, settings),
        peakRate64: peak === undefined ? undefined : rates.rate64Of(peak),
        packetsPerSecond: packetsPerSecond === undefined ? undefined : BigInt(packetsPerSecond),
        packetBurstTicks:
          packetsPerSecond === undefined ? undefined : BigInt(rates.ticks(packetBurst, packetsPerSecond)),
        averageBytesPerSecond: inBytes(averageBitsPerSecond),
        conform: conform === 'pass' ? undefined : conform,
      },
    },
  }
}

function inBytes(bitsPerSecond: number | undefined): number | undefined {
  return bitsPerSecond === undefined ? undefined : rates.bytesPerSecond(bitsPerSecond)
}

/** What a message says of a policer, in the units of `Police`. Bursts come back within one tick's worth of what was set. */
export function readPolice(value: Encodable<typeof policeAttributes>) {
  const { parameters = {}, packetsPerSecond, packetBurstTicks = 0n, averageBytesPerSecond } = value
  const rate = Number(value.rate64 ?? parameters.rate?.bytesPerSecond ?? 0)
  const peak = Number(value.peakRate64 ?? parameters.peakRate?.bytesPerSecond ?? 0)
  const packets = packetsPerSecond === undefined ? undefined : Number(packetsPerSecond)
  return {
    rateBitsPerSecond: rate === 0 ? undefined : rate * 8,
    burstBytes: rate === 0 ? undefined : rates.bytesIn(parameters.burstTicks ?? 0, rate),
    packetsPerSecond: packets,
    packetBurst: packets === undefined ? undefined : rates.bytesIn(Number(packetBurstTicks), packets),
    mtuBytes: parameters.mtuBytes || undefined,
    peakRateBitsPerSecond: peak === 0 ? undefined : peak * 8,
    averageBitsPerSecond: averageBytesPerSecond === undefined ? undefined : averageBytesPerSecond * 8,
    exceed: parameters.exceed ?? 'reclassify',
    conform: value.conform ?? 'pass',
    ...rates.linkLayerOf(parameters.rate ?? {}),
  } as const
}

export function renderPolice(value: Encodable<typeof policeAttributes>): Words {
  const { rateBitsPerSecond, peakRateBitsPerSecond, averageBitsPerSecond, ...settings } = readPolice(value)
  const { exceed, conform } = settings
  const rate = (bits: number | undefined) => (bits === undefined ? undefined : formatRate(bits))
  return [
    option('rate', rate(rateBitsPerSecond)),
    option('burst', settings.burstBytes),
    option('mtu', settings.mtuBytes),
    option('peakrate', rate(peakRateBitsPerSecond)),
    option('avrate', rate(averageBitsPerSecond)),
    option('pkts_rate', settings.packetsPerSecond),
    option('pkts_burst', settings.packetBurst),
    rates.renderLinkLayer(settings),
    (exceed !== 'reclassify' || conform !== 'pass') &&
      `conform-exceed ${exceed}${conform === 'pass' ? '' : `/${conform}`}`,
  ]
}
