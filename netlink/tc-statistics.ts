import {
  type AttributeTable,
  attributes,
  type Decoded,
  type DecodedAttributes,
  type Encodable,
} from './attribute.ts'
import { type Selectable, type Selected, selectedBy } from './attribute-selected.ts'
import type { AttributeType } from './attribute-type.ts'
import { u32, u64 } from './attribute-type.ts'
import { padding, struct } from './struct.ts'

const basic = struct('gnet_stats_basic', { bytes: u64, packets: u32, hole: padding(4) })

/** Counters of a qdisc, class or action: `TCA_STATS_*` (linux/gen_stats.h). */
export const tcStatistics = attributes({
  /** What was sent. A segmented packet counts as its segments. */
  basic: [1, 'TCA_STATS_BASIC', basic],
  /** What a rate estimator says. */
  rateEstimate: [
    2,
    'TCA_STATS_RATE_EST',
    struct('gnet_stats_rate_est', { bytesPerSecond: u32, packetsPerSecond: u32 }),
  ],
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
  /** Where 32 bits are too few. */
  rateEstimate64: [
    5,
    'TCA_STATS_RATE_EST64',
    struct('gnet_stats_rate_est64', { bytesPerSecond: u64, packetsPerSecond: u64 }),
  ],
  /** What was sent by hardware. */
  hardware: [7, 'TCA_STATS_BASIC_HW', basic],
  /** Packets where 32 bits are too few. */
  packets64: [8, 'TCA_STATS_PKT64', u64],
})

/** `TCA_STATS`: the same counters as kernels before 2.6.10 told them; still in every answer, beside `TCA_STATS2`. */
export const olderStatistics = struct('tc_stats', {
  bytes: u64,
  packets: u32,
  drops: u32,
  overlimits: u32,
  bytesPerSecond: u32,
  packetsPerSecond: u32,
  queueLength: u32,
  backlogBytes: u32,
  hole: padding(4),
})

type TcStatistics = typeof tcStatistics

/**
 * The same with what only this kind of qdisc or class counts (`TCA_STATS_APP`), by the kind in `TCA_KIND` before it: `{ own: { htb:
 * {...} } }`. Kinds without an entry have none.
 */
export function tcStatisticsBy<const Types extends Record<string, AttributeType<unknown>>>(
  types: Types,
): AttributeType<
  Decoded<TcStatistics> & { own?: Selected<Types> },
  Encodable<TcStatistics> & { own?: Selectable<Types> | undefined }
> {
  const table = attributes({ ...tcStatistics.rows, own: [4, 'TCA_STATS_APP', selectedBy('kind', types)] })
  const tables = new Map<unknown, AttributeTable<TcStatistics['rows']>>()
  for (const [kind, type] of Object.entries(types)) tables.set(kind, withOwn(kind, type))
  return {
    // The keys of `own` were read by the type of their kind.
    read: (bytes, start, end, siblings) =>
      (tables.get(siblings.kind) ?? tcStatistics).read(bytes, start, end) as DecodedAttributes<
        typeof table.rows
      >,
    write: (writer, value) => table.write(writer, value),
    locate: (bytes, start, end, offset) => table.locate(bytes, start, end, offset),
  }
}

function withOwn(kind: string, type: AttributeType<unknown>): AttributeTable<TcStatistics['rows']> {
  const own: AttributeType<unknown> = {
    read: (bytes, start, end) => ({ [kind]: type.read(bytes, start, end, {}) }),
    write: () => {},
  }
  return attributes({ ...tcStatistics.rows, own: [4, 'TCA_STATS_APP', own] })
}
