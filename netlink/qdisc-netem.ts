import { formatRate } from '#core/units.ts'
import { attributes, type Encodable, flagged } from './attribute.ts'
import { structThenAttributes } from './attribute-after-struct.ts'
import { raw, s32, s64, u32, u64 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import {
  formatProbability,
  type GilbertElliottLoss,
  gilbertElliott,
  lossStates,
  netemLossAttributes,
  probabilityOf,
  renderNetemLoss,
  type StateLoss,
} from './netem-loss.ts'
import { struct } from './struct.ts'
import { bytesPerSecond, nanosecondsPerTick, rate64Of } from './tc-rate.ts'

const chance = (kernelName: string) => struct(kernelName, { probability: u32, correlation: u32 })

/** Network emulator: `struct tc_netem_qopt` and `TCA_NETEM_*` (linux/pkt_sched.h). Probabilities are of 2^32. */
export const netemOptions = structThenAttributes(
  struct('tc_netem_qopt', {
    delayTicks: u32,
    limitPackets: u32,
    loss: u32,
    /** Every so many packets may overtake; 0 for none. */
    gap: u32,
    duplicate: u32,
    jitterTicks: u32,
  }),
  attributes({
    correlation: [1, 'TCA_NETEM_CORR', struct('tc_netem_corr', { delay: u32, loss: u32, duplicate: u32 })],
    /** 16-bit samples, 8192 for one jitter. */
    delayDistribution: [2, 'TCA_NETEM_DELAY_DIST', raw],
    reorder: [3, 'TCA_NETEM_REORDER', chance('tc_netem_reorder')],
    corrupt: [4, 'TCA_NETEM_CORRUPT', chance('tc_netem_corrupt')],
    lossModel: [5, 'TCA_NETEM_LOSS', flagged(netemLossAttributes)],
    rate: [
      6,
      'TCA_NETEM_RATE',
      struct('tc_netem_rate', {
        bytesPerSecond: u32,
        packetOverheadBytes: s32,
        cellBytes: u32,
        cellOverheadBytes: s32,
      }),
    ],
    ecn: [7, 'TCA_NETEM_ECN', u32],
    rate64: [8, 'TCA_NETEM_RATE64', u64],
    /** Instead of the ticks, where they are too few or too coarse; always in answers. */
    delayNanoseconds: [10, 'TCA_NETEM_LATENCY64', s64],
    jitterNanoseconds: [11, 'TCA_NETEM_JITTER64', s64],
    slot: [
      12,
      'TCA_NETEM_SLOT',
      struct('tc_netem_slot', {
        minimumDelayNanoseconds: s64,
        maximumDelayNanoseconds: s64,
        maximumPackets: s32,
        maximumBytes: s32,
        distributionDelayNanoseconds: s64,
        distributionJitterNanoseconds: s64,
      }),
    ],
    slotDistribution: [13, 'TCA_NETEM_SLOT_DIST', raw],
  }),
)

/** Percents are of packets; a correlation is how much each draw depends on the one before. */
interface Chance {
  percent: number
  correlationPercent?: number
}

export interface Netem {
  /** Packets that wait. 1000 when absent. */
  limitPackets?: number
  delay?: {
    microseconds: number
    jitterMicroseconds?: number
    correlationPercent?: number
    /**
     * How the jitter is spread: samples of which 8192 are one jitter, as `readNetemDistribution` reads them. Evenly when absent. No line
     * of `tc` can say it.
     */
    distribution?: Int16Array
  }
  loss?: Chance | GilbertElliottLoss | StateLoss
  /** Marks packets that can carry a congestion mark where it would lose them. */
  ecn?: boolean
  duplicate?: Chance
  corrupt?: Chance
  /** So many packets are sent at once, before those that are delayed; every `gap`th packet may be, 1 when absent. */
  reorder?: Chance & { gap?: number }
  rate?: {
    bitsPerSecond: number
    packetOverheadBytes?: number
    cellBytes?: number
    cellOverheadBytes?: number
  }
  /** Sends in bursts, with pauses of this length in between. */
  slot?: {
    minimumMicroseconds: number
    maximumMicroseconds?: number
    maximumPackets?: number
    maximumBytes?: number
  }
}

/** The type of a qdisc, for `addQdisc`. Like `tc qdisc add ... netem delay 100ms loss 1%`. */
export function netem({ delay, loss, duplicate, corrupt, reorder, rate, slot, ...settings }: Netem = {}) {
  const random = loss && 'percent' in loss ? loss : undefined
  const bytes = rate === undefined ? 0 : bytesPerSecond(rate.bitsPerSecond)
  const { distribution } = delay ?? {}
  return {
    kind: 'netem',
    options: {
      netem: {
        delayTicks: ticksOf(delay?.microseconds),
        jitterTicks: ticksOf(delay?.jitterMicroseconds),
        delayNanoseconds: exactlyOf(delay?.microseconds),
        jitterNanoseconds: exactlyOf(delay?.jitterMicroseconds),
        limitPackets: settings.limitPackets ?? 1000,
        loss: random && probabilityOf(random.percent),
        gap: reorder && (reorder.gap ?? 1),
        duplicate: duplicate && probabilityOf(duplicate.percent),
        correlation: correlationOf(
          delay?.correlationPercent,
          random?.correlationPercent,
          duplicate?.correlationPercent,
        ),
        delayDistribution: distribution && Buffer.from(new Uint8Array(distribution.slice().buffer)),
        reorder: reorder && chanceOf(reorder),
        corrupt: corrupt && chanceOf(corrupt),
        lossModel: loss && lossModelOf(loss),
        ecn: settings.ecn ? 1 : undefined,
        rate64: rate64Of(bytes),
        rate: rate && {
          bytesPerSecond: Math.min(bytes, 0xffffffff),
          packetOverheadBytes: rate.packetOverheadBytes,
          cellBytes: rate.cellBytes,
          cellOverheadBytes: rate.cellOverheadBytes,
        },
        slot: slot && {
          minimumDelayNanoseconds: nanoseconds(slot.minimumMicroseconds),
          maximumDelayNanoseconds: nanoseconds(slot.maximumMicroseconds ?? slot.minimumMicroseconds),
          maximumPackets: slot.maximumPackets,
          maximumBytes: slot.maximumBytes,
        },
      },
    },
  }
}

function nanoseconds(microseconds: number): bigint {
  return BigInt(Math.round(microseconds * 1000))
}

function ticksOf(microseconds = 0): number {
  return Math.min(Math.floor((microseconds * 1000) / nanosecondsPerTick), 0xffffffff)
}

/** Where ticks do not say it exactly. */
function exactlyOf(microseconds = 0): bigint | undefined {
  const inTicks = ticksOf(microseconds) * nanosecondsPerTick === microseconds * 1000
  return inTicks ? undefined : nanoseconds(microseconds)
}

function chanceOf({ percent, correlationPercent = 0 }: Chance) {
  return { probability: probabilityOf(percent), correlation: probabilityOf(correlationPercent) }
}

function correlationOf(...percents: (number | undefined)[]) {
  if (percents.every((percent) => percent === undefined)) return undefined
  const [delay, loss, duplicate] = percents.map((percent) => probabilityOf(percent ?? 0))
  return { delay, loss, duplicate }
}

function lossModelOf(loss: Chance | GilbertElliottLoss | StateLoss) {
  if ('percent' in loss) return undefined
  return 'toBadPercent' in loss ? gilbertElliott(loss) : lossStates(loss)
}

export function renderNetem(value: Encodable<typeof netemOptions>): Words {
  const { correlation, gap, rate, slot } = value
  const delay = value.delayNanoseconds ?? BigInt(value.delayTicks ?? 0) * BigInt(nanosecondsPerTick)
  const jitter = value.jitterNanoseconds ?? BigInt(value.jitterTicks ?? 0) * BigInt(nanosecondsPerTick)
  return [
    option('limit', value.limitPackets === 1000 ? undefined : value.limitPackets),
    delay > 0n && ['delay', formatDelay(delay), jitter > 0n && formatDelay(jitter)],
    delay > 0n && jitter > 0n && correlation?.delay ? formatProbability(correlation.delay) : undefined,
    renderChance('loss', { probability: value.loss, correlation: correlation?.loss }),
    value.lossModel && renderNetemLoss(value.lossModel),
    renderChance('duplicate', { probability: value.duplicate, correlation: correlation?.duplicate }),
    renderChance('corrupt', value.corrupt),
    renderChance('reorder', value.reorder),
    option('gap', gap !== undefined && gap > 1 ? gap : undefined),
    value.ecn ? 'ecn' : undefined,
    rate && renderRate(rate, value.rate64),
    slot && renderSlot(slot),
  ]
}

function renderChance(
  name: string,
  { probability, correlation }: Encodable<ReturnType<typeof chance>> = {},
): Words {
  if (!probability) return []
  return [name, formatProbability(probability), correlation ? formatProbability(correlation) : undefined]
}

type Value = Encodable<typeof netemOptions>

function renderRate(rate: NonNullable<Value['rate']>, rate64: bigint | undefined): Words {
  const { packetOverheadBytes = 0, cellBytes = 0, cellOverheadBytes = 0 } = rate
  const extra = [packetOverheadBytes, cellBytes, cellOverheadBytes]
  while (extra.at(-1) === 0) extra.pop()
  return ['rate', formatRate(Number(rate64 ?? rate.bytesPerSecond ?? 0) * 8), extra.join(' ')]
}

function renderSlot(slot: NonNullable<Value['slot']>): Words {
  const { minimumDelayNanoseconds: least = 0n, maximumDelayNanoseconds: most = 0n } = slot
  return [
    ['slot', formatDuration(least), most === least ? undefined : formatDuration(most)],
    option('packets', slot.maximumPackets || undefined),
    option('bytes', slot.maximumBytes || undefined),
  ]
}

/** In whole microseconds, of which `tc` makes ticks, rounded down; it takes nanoseconds for a slot only. */
function formatDelay(nanoseconds: bigint): string {
  return formatDuration(((nanoseconds + 999n) / 1000n) * 1000n)
}

function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds % 1_000_000n === 0n) return `${nanoseconds / 1_000_000n}ms`
  return nanoseconds % 1000n === 0n ? `${nanoseconds / 1000n}us` : `${nanoseconds}ns`
}
