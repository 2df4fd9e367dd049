import type { Encodable } from './attribute.ts'
import { s32, u8, u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { averageWeightLog, burstOfWeight, probabilityLog } from './random-early-detection.ts'
import { struct } from './struct.ts'

/** `TC_RED_*` (linux/pkt_sched.h) */
const redFlag = { ECN: 1, HARD_DROP: 2 } as const

/** Stochastic fair queueing: `struct tc_sfq_qopt_v1` (linux/pkt_sched.h). Zero is the kernel's default. */
export const sfqOptions = struct('tc_sfq_qopt_v1', {
  quantumBytes: u32,
  perturbSeconds: s32,
  limitPackets: u32,
  divisor: u32,
  flows: u32,
  depthPackets: u32,
  headDrop: u32,
  redLimitBytes: u32,
  redMinimumBytes: u32,
  redMaximumBytes: u32,
  redAverageWeightLog: u8,
  redProbabilityLog: u8,
  redCellLog: u8,
  redFlags: u8,
  /** Of 2^32. */
  redProbability: u32,
  /** In answers: packets dropped and marked by random early detection. */
  probableDrops: u32,
  forcedDrops: u32,
  probableMarks: u32,
  forcedMarks: u32,
  probableHeadMarks: u32,
  forcedHeadMarks: u32,
})

/** Of a class, that is a flow: `struct tc_sfq_xstats`. */
export const sfqClassStatistics = struct('tc_sfq_xstats', { allotmentBytes: s32 })

/** Random early detection within each flow's queue. */
export interface FlowRandomEarlyDetection {
  limitBytes: number
  /** Between these averages the probability grows; a third of the maximum, and a quarter of the limit, when absent. */
  minimumBytes?: number
  maximumBytes?: number
  averagePacketBytes?: number
  burstPackets?: number
  /** The highest, 0 to 1; 0.02 when absent. */
  probability?: number
  /** Packets that can carry a congestion mark are marked instead of dropped, */
  ecn?: boolean
  /** but above the maximum dropped all the same. */
  hardDrop?: boolean
}

/** What is absent has the kernel's default: 127 packets, 127 flows, 1024 hash buckets. */
export interface Sfq {
  limitPackets?: number
  /** How often the hash function is changed. Absent: never. */
  perturbSeconds?: number
  quantumBytes?: number
  /** Number of hash buckets, a power of two. */
  divisor?: number
  flows?: number
  /** Of each flow. */
  depthPackets?: number
  /** Drops the oldest packet of a flow instead of the new one. */
  headDrop?: boolean
  red?: FlowRandomEarlyDetection
}

/** The type of a qdisc, for `addQdisc`. Like `tc qdisc add ... sfq`. @throws RangeError when the RED thresholds fit no average */
export function sfq({ headDrop, red, ...settings }: Sfq = {}) {
  const values = {
    ...settings,
    headDrop: headDrop === undefined ? undefined : Number(headDrop),
    ...(red && redValues(red)),
  }
  const asked = Object.values(values).some((value) => value !== undefined)
  return { kind: 'sfq', options: asked ? { sfq: values } : undefined }
}

/** As `tc` computes them (tc/q_sfq.c). */
function redValues({ limitBytes, averagePacketBytes = 1000, ...red }: FlowRandomEarlyDetection) {
  const maximum = red.maximumBytes ?? Math.floor(limitBytes / 4)
  const minimum = red.minimumBytes ?? Math.floor(maximum / 3)
  const burst = red.burstPackets ?? Math.floor((2 * minimum + maximum) / (3 * averagePacketBytes))
  const probability = red.probability ?? 0.02
  return {
    redLimitBytes: limitBytes,
    redMinimumBytes: minimum,
    redMaximumBytes: maximum,
    redAverageWeightLog: averageWeightLog(minimum, burst, averagePacketBytes),
    redProbabilityLog: probabilityLog(minimum, maximum, probability),
    redFlags: (red.ecn ? redFlag.ECN : 0) | (red.hardDrop ? redFlag.HARD_DROP : 0),
    redProbability: Math.min(Math.floor(probability * 2 ** 32), 0xffffffff),
  }
}

export function renderSfq(value: Encodable<typeof sfqOptions>): Words {
  return [
    option('limit', value.limitPackets || undefined),
    option('perturb', value.perturbSeconds || undefined),
    option('quantum', value.quantumBytes || undefined),
    option('divisor', value.divisor || undefined),
    option('flows', value.flows || undefined),
    option('depth', value.depthPackets || undefined),
    value.headDrop ? 'headdrop' : undefined,
    value.redLimitBytes ? renderRed(value) : undefined,
  ]
}

function renderRed(value: Encodable<typeof sfqOptions>): Words {
  const minimum = value.redMinimumBytes ?? 0
  const flags = value.redFlags ?? 0
  return [
    option('redflowlimit', value.redLimitBytes),
    option('min', minimum),
    option('max', value.redMaximumBytes),
    'avpkt 1000',
    option('burst', burstOfWeight(minimum, value.redAverageWeightLog ?? 0, 1000)),
    option('probability', Number(((value.redProbability ?? 0) / 2 ** 32).toPrecision(6))),
    flags & redFlag.ECN ? 'ecn' : undefined,
    flags & redFlag.HARD_DROP ? 'harddrop' : undefined,
  ]
}
