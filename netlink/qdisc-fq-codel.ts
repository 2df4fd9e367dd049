import { attributes, type Encodable } from './attribute.ts'
import { s32, u8, u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { padding, struct } from './struct.ts'

/**
 * Fair queueing with controlled delay (RFC 8290): `TCA_FQ_CODEL_*` (linux/pkt_sched.h). Times are
 * microseconds.
 */
export const fqCodelAttributes = attributes({
  targetMicroseconds: [1, 'TCA_FQ_CODEL_TARGET', u32],
  limitPackets: [2, 'TCA_FQ_CODEL_LIMIT', u32],
  intervalMicroseconds: [3, 'TCA_FQ_CODEL_INTERVAL', u32],
  /** 1: mark packets that can carry a congestion mark instead of dropping them. */
  ecn: [4, 'TCA_FQ_CODEL_ECN', u32],
  flows: [5, 'TCA_FQ_CODEL_FLOWS', u32],
  quantumBytes: [6, 'TCA_FQ_CODEL_QUANTUM', u32],
  congestionThresholdMicroseconds: [7, 'TCA_FQ_CODEL_CE_THRESHOLD', u32],
  dropBatchPackets: [8, 'TCA_FQ_CODEL_DROP_BATCH_SIZE', u32],
  memoryLimitBytes: [9, 'TCA_FQ_CODEL_MEMORY_LIMIT', u32],
  congestionThresholdSelector: [10, 'TCA_FQ_CODEL_CE_THRESHOLD_SELECTOR', u8],
  congestionThresholdMask: [11, 'TCA_FQ_CODEL_CE_THRESHOLD_MASK', u8],
})

/** Counters: `struct tc_fq_codel_xstats` with a `tc_fq_codel_qd_stats` in it. */
export const fqCodelStatistics = struct('tc_fq_codel_xstats', {
  type: u32,
  longestPacketBytes: u32,
  /** Drops because of the limit of packets. */
  overlimitDrops: u32,
  congestionMarks: u32,
  /** How often a packet made a new flow. */
  newFlows: u32,
  newFlowsNow: u32,
  oldFlowsNow: u32,
  thresholdMarks: u32,
  memoryUsedBytes: u32,
  memoryDrops: u32,
})

/** Of a class, that is a flow: the same with a `tc_fq_codel_cl_stats` in it. */
export const fqCodelClassStatistics = struct('tc_fq_codel_xstats', {
  type: u32,
  deficitBytes: s32,
  /** How long the packet sent last was in the queue. */
  delayMicroseconds: u32,
  count: u32,
  lastCount: u32,
  dropping: u32,
  nextDropMicroseconds: s32,
  rest: padding(12),
})

/** What is absent has the kernel's default: target 5 ms, interval 100 ms, 1024 flows, ECN on. */
export interface FqCodel {
  targetMicroseconds?: number
  intervalMicroseconds?: number
  limitPackets?: number
  /** Number of queues that flows are hashed to. */
  flows?: number
  quantumBytes?: number
  memoryLimitBytes?: number
  ecn?: boolean
  /** Packets that waited longer get a congestion mark at once. */
  congestionThresholdMicroseconds?: number
  /** Only packets whose ECN bits (mask 3) are these, such as 1 for L4S. */
  congestionThresholdSelector?: { value: number; mask: number }
  /** How many packets of the longest flow are dropped at once when the limit is reached; 64 when absent. */
  dropBatchPackets?: number
}

/** The type of a qdisc, for `addQdisc`. Like `tc qdisc add ... fq_codel`. */
export function fqCodel(settings: FqCodel = {}) {
  return {
    kind: 'fq_codel',
    options: {
      fq_codel: {
        limitPackets: settings.limitPackets,
        flows: settings.flows,
        quantumBytes: settings.quantumBytes,
        intervalMicroseconds: settings.intervalMicroseconds,
        targetMicroseconds: settings.targetMicroseconds,
        ecn: settings.ecn === undefined ? undefined : settings.ecn ? 1 : 0,
        congestionThresholdMicroseconds: settings.congestionThresholdMicroseconds,
        congestionThresholdMask: settings.congestionThresholdSelector?.mask,
        congestionThresholdSelector: settings.congestionThresholdSelector?.value,
        memoryLimitBytes: settings.memoryLimitBytes,
        dropBatchPackets: settings.dropBatchPackets,
      },
    },
  }
}

export function renderFqCodel(value: Encodable<typeof fqCodelAttributes>): Words {
  const { congestionThresholdSelector: selector = 0, congestionThresholdMask: mask } = value
  return [
    option('limit', value.limitPackets),
    option('flows', value.flows),
    option('quantum', value.quantumBytes),
    option('target', value.targetMicroseconds && `${value.targetMicroseconds}us`),
    option('interval', value.intervalMicroseconds && `${value.intervalMicroseconds}us`),
    option(
      'ce_threshold',
      value.congestionThresholdMicroseconds && `${value.congestionThresholdMicroseconds}us`,
    ),
    mask ? `ce_threshold_selector 0x${selector.toString(16)}/0x${mask.toString(16)}` : undefined,
    option('memory_limit', value.memoryLimitBytes),
    value.ecn === undefined ? undefined : value.ecn === 0 ? 'noecn' : 'ecn',
    option('drop_batch', value.dropBatchPackets),
  ]
}
