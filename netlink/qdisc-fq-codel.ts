import { attributes, type Encodable } from './attribute.ts'
import { u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'

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
        memoryLimitBytes: settings.memoryLimitBytes,
      },
    },
  }
}

export function renderFqCodel(value: Encodable<typeof fqCodelAttributes>): Words {
  return [
    option('limit', value.limitPackets),
    option('flows', value.flows),
    option('quantum', value.quantumBytes),
    option('target', value.targetMicroseconds && `${value.targetMicroseconds}us`),
    option('interval', value.intervalMicroseconds && `${value.intervalMicroseconds}us`),
    option('memory_limit', value.memoryLimitBytes),
    value.ecn === undefined ? undefined : value.ecn === 0 ? 'noecn' : 'ecn',
  ]
}
