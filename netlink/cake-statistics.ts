/** Counters of cake: `TCA_CAKE_STATS_*` and, for each tin, `TCA_CAKE_TIN_STATS_*` (linux/pkt_sched.h). */
import { attributes } from './attribute.ts'
import { arrayOf } from './attribute-array.ts'
import { s32, u32, u64 } from './attribute-type.ts'

const tinStatistics = attributes({
  sentPackets: [2, 'TCA_CAKE_TIN_STATS_SENT_PACKETS', u32],
  sentBytes: [3, 'TCA_CAKE_TIN_STATS_SENT_BYTES64', u64],
  droppedPackets: [4, 'TCA_CAKE_TIN_STATS_DROPPED_PACKETS', u32],
  droppedBytes: [5, 'TCA_CAKE_TIN_STATS_DROPPED_BYTES64', u64],
  droppedAcknowledgements: [6, 'TCA_CAKE_TIN_STATS_ACKS_DROPPED_PACKETS', u32],
  droppedAcknowledgementBytes: [7, 'TCA_CAKE_TIN_STATS_ACKS_DROPPED_BYTES64', u64],
  markedPackets: [8, 'TCA_CAKE_TIN_STATS_ECN_MARKED_PACKETS', u32],
  markedBytes: [9, 'TCA_CAKE_TIN_STATS_ECN_MARKED_BYTES64', u64],
  backlogPackets: [10, 'TCA_CAKE_TIN_STATS_BACKLOG_PACKETS', u32],
  backlogBytes: [11, 'TCA_CAKE_TIN_STATS_BACKLOG_BYTES', u32],
  thresholdBytesPerSecond: [12, 'TCA_CAKE_TIN_STATS_THRESHOLD_RATE64', u64],
  targetMicroseconds: [13, 'TCA_CAKE_TIN_STATS_TARGET_US', u32],
  intervalMicroseconds: [14, 'TCA_CAKE_TIN_STATS_INTERVAL_US', u32],
  wayIndirectHits: [15, 'TCA_CAKE_TIN_STATS_WAY_INDIRECT_HITS', u32],
  wayMisses: [16, 'TCA_CAKE_TIN_STATS_WAY_MISSES', u32],
  wayCollisions: [17, 'TCA_CAKE_TIN_STATS_WAY_COLLISIONS', u32],
  peakDelayMicroseconds: [18, 'TCA_CAKE_TIN_STATS_PEAK_DELAY_US', u32],
  averageDelayMicroseconds: [19, 'TCA_CAKE_TIN_STATS_AVG_DELAY_US', u32],
  baseDelayMicroseconds: [20, 'TCA_CAKE_TIN_STATS_BASE_DELAY_US', u32],
  sparseFlows: [21, 'TCA_CAKE_TIN_STATS_SPARSE_FLOWS', u32],
  bulkFlows: [22, 'TCA_CAKE_TIN_STATS_BULK_FLOWS', u32],
  unresponsiveFlows: [23, 'TCA_CAKE_TIN_STATS_UNRESPONSIVE_FLOWS', u32],
  longestPacketBytes: [24, 'TCA_CAKE_TIN_STATS_MAX_SKBLEN', u32],
  quantumBytes: [25, 'TCA_CAKE_TIN_STATS_FLOW_QUANTUM', u32],
})

export const cakeStatistics = attributes({
  capacityEstimateBytesPerSecond: [2, 'TCA_CAKE_STATS_CAPACITY_ESTIMATE64', u64],
  memoryLimitBytes: [3, 'TCA_CAKE_STATS_MEMORY_LIMIT', u32],
  memoryUsedBytes: [4, 'TCA_CAKE_STATS_MEMORY_USED', u32],
  averageNetworkOffsetBytes: [5, 'TCA_CAKE_STATS_AVG_NETOFF', u32],
  shortestNetworkBytes: [6, 'TCA_CAKE_STATS_MIN_NETLEN', u32],
  longestNetworkBytes: [7, 'TCA_CAKE_STATS_MAX_NETLEN', u32],
  shortestAdjustedBytes: [8, 'TCA_CAKE_STATS_MIN_ADJLEN', u32],
  longestAdjustedBytes: [9, 'TCA_CAKE_STATS_MAX_ADJLEN', u32],
  tins: [10, 'TCA_CAKE_STATS_TIN_STATS', arrayOf(tinStatistics)],
})

/** Of a class, that is a flow. */
export const cakeClassStatistics = attributes({
  deficitBytes: [11, 'TCA_CAKE_STATS_DEFICIT', s32],
  codelCount: [12, 'TCA_CAKE_STATS_COBALT_COUNT', u32],
  dropping: [13, 'TCA_CAKE_STATS_DROPPING', u32],
  nextDropMicroseconds: [14, 'TCA_CAKE_STATS_DROP_NEXT_US', s32],
  dropProbability: [15, 'TCA_CAKE_STATS_P_DROP', u32],
  blueTimerMicroseconds: [16, 'TCA_CAKE_STATS_BLUE_TIMER_US', s32],
})
