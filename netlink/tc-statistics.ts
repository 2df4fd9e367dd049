import { attributes } from './attribute.ts'
import { u32, u64 } from './attribute-type.ts'
import { padding, struct } from './struct.ts'

/** Counters of a qdisc, class or action: `TCA_STATS_*` (linux/gen_stats.h). */
export const tcStatistics = attributes({
  /** What was sent. A segmented packet counts as its segments. */
  basic: [1, 'TCA_STATS_BASIC', struct('gnet_stats_basic', { bytes: u64, packets: u32, hole: padding(4) })],
  queue: [
    3,
    'TCA_STATS_QUEUE',
    struct('gnet_stats_queue', {
      queueLength: u32,
      backlogBytes: u32,
      drops: u32,
      requeues: u32,
      overlimits: u32,
    }),
  ],
  /** Packets where 32 bits are too few. */
  packets64: [8, 'TCA_STATS_PKT64', u64],
})
