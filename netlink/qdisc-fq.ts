import { formatRate } from '#core/units.ts'
import { attributes, type Encodable } from './attribute.ts'
import { s64, u8, u32, u64 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { struct } from './struct.ts'
import { bytesPerSecond } from './tc-rate.ts'

/** Fair queueing with pacing: `TCA_FQ_*` (linux/pkt_sched.h). */
export const fqAttributes = attributes({
  limitPackets: [1, 'TCA_FQ_PLIMIT', u32],
  flowLimitPackets: [2, 'TCA_FQ_FLOW_PLIMIT', u32],
  quantumBytes: [3, 'TCA_FQ_QUANTUM', u32],
  initialQuantumBytes: [4, 'TCA_FQ_INITIAL_QUANTUM', u32],
  pacing: [5, 'TCA_FQ_RATE_ENABLE', u32],
  defaultRate: [6, 'TCA_FQ_FLOW_DEFAULT_RATE', u32],
  /** All ones: none. */
  maximumBytesPerSecond: [7, 'TCA_FQ_FLOW_MAX_RATE', u32],
  bucketsLog: [8, 'TCA_FQ_BUCKETS_LOG', u32],
  refillDelayMicroseconds: [9, 'TCA_FQ_FLOW_REFILL_DELAY', u32],
  orphanMask: [10, 'TCA_FQ_ORPHAN_MASK', u32],
  lowRateBytesPerSecond: [11, 'TCA_FQ_LOW_RATE_THRESHOLD', u32],
  /** All ones: none. */
  congestionThresholdMicroseconds: [12, 'TCA_FQ_CE_THRESHOLD', u32],
  timerSlackNanoseconds: [13, 'TCA_FQ_TIMER_SLACK', u32],
  horizonMicroseconds: [14, 'TCA_FQ_HORIZON', u32],
  horizonDrop: [15, 'TCA_FQ_HORIZON_DROP', u8],
})

/** Counters: `struct tc_fq_qd_stats`, as Linux 5.8 and later have it. */
export const fqStatistics = struct('tc_fq_qd_stats', {
  collectedFlows: u64,
  highPriorityPackets: u64,
  tcpRetransmissions: u64,
  throttled: u64,
  flowLimitDrops: u64,
  tooLongPackets: u64,
  allocationErrors: u64,
  nextDelayedFlowNanoseconds: s64,
  flows: u32,
  inactiveFlows: u32,
  throttledFlows: u32,
  unthrottleLatencyNanoseconds: u32,
  congestionMarks: u64,
  horizonDrops: u64,
  horizonCaps: u64,
})

/** What is absent has the kernel's default: 10,000 packets, 100 of a flow, pacing on, no highest rate, a horizon of 10 s. */
export interface Fq {
  limitPackets?: number
  flowLimitPackets?: number
  quantumBytes?: number
  /** What a new flow may send at first. */
  initialQuantumBytes?: number
  /** Whether the sending times and rates that sockets ask for are kept. */
  pacing?: boolean
  /** Of each flow. */
  maximumRateBitsPerSecond?: number
  /** A flow below this rate has one packet in flight at a time. */
  lowRateThresholdBitsPerSecond?: number
  /** Base-2 logarithm of the number of hash buckets. */
  bucketsLog?: number
  refillDelayMicroseconds?: number
  /** Which bits of the hash packets without a socket are told apart by. */
  orphanMask?: number
  congestionThresholdMicroseconds?: number
  timerSlackNanoseconds?: number
  /** How far in the future a packet may ask to be sent. */
  horizonMicroseconds?: number
  /** Whether a packet beyond the horizon is dropped; else it is sent at the horizon. */
  horizonDrop?: boolean
}

/** The type of a qdisc, for `addQdisc`. Like `tc qdisc add ... fq`. */
export function fq(settings: Fq = {}) {
  const rate = (bits: number | undefined) => (bits === undefined ? undefined : bytesPerSecond(bits))
  return {
    kind: 'fq',
    options: {
      fq: {
        bucketsLog: settings.bucketsLog,
        limitPackets: settings.limitPackets,
        flowLimitPackets: settings.flowLimitPackets,
        quantumBytes: settings.quantumBytes,
        initialQuantumBytes: settings.initialQuantumBytes,
        pacing: settings.pacing === undefined ? undefined : Number(settings.pacing),
        maximumBytesPerSecond: rate(settings.maximumRateBitsPerSecond),
        lowRateBytesPerSecond: rate(settings.lowRateThresholdBitsPerSecond),
        refillDelayMicroseconds: settings.refillDelayMicroseconds,
        orphanMask: settings.orphanMask,
        congestionThresholdMicroseconds: settings.congestionThresholdMicroseconds,
        timerSlackNanoseconds: settings.timerSlackNanoseconds,
        horizonMicroseconds: settings.horizonMicroseconds,
        horizonDrop: settings.horizonDrop === undefined ? undefined : Number(settings.horizonDrop),
      },
    },
  }
}

const none = 0xffffffff

export function renderFq(value: Encodable<typeof fqAttributes>): Words {
  const microseconds = (name: string, time: number | undefined) =>
    time === undefined || time === none ? undefined : `${name} ${time}us`
  const rate = (name: string, bytes: number | undefined) =>
    bytes === undefined || bytes === none ? undefined : `${name} ${formatRate(bytes * 8)}`
  const { pacing, horizonDrop } = value
  return [
    option('limit', value.limitPackets),
    option('flow_limit', value.flowLimitPackets),
    option('buckets', value.bucketsLog === undefined ? undefined : 2 ** value.bucketsLog),
    option('orphan_mask', value.orphanMask),
    option('quantum', value.quantumBytes),
    option('initial_quantum', value.initialQuantumBytes),
    pacing === undefined ? undefined : pacing === 0 ? 'nopacing' : 'pacing',
    rate('maxrate', value.maximumBytesPerSecond),
    rate('low_rate_threshold', value.lowRateBytesPerSecond),
    microseconds('refill_delay', value.refillDelayMicroseconds),
    value.timerSlackNanoseconds === undefined ? undefined : `timer_slack ${value.timerSlackNanoseconds}ns`,
    microseconds('ce_threshold', value.congestionThresholdMicroseconds),
    microseconds('horizon', value.horizonMicroseconds),
    horizonDrop === undefined ? undefined : horizonDrop === 0 ? 'horizon_cap' : 'horizon_drop',
  ]
}
