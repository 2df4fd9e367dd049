import { z } from 'zod'
import { startOf } from '../profile/clock-window.ts'
import { countersAdded } from '../profile/cumulative-counter.ts'
import type { PeriodUsage } from '../profile/facts.ts'
import type { Connection } from './connection.ts'
import type { AccountingRecord, Counters } from './service-control-database.ts'
import { findTimeZone } from './setting-table.ts'

const counters = z.object({
  downlinkBytes: z.number(),
  downlinkPackets: z.number(),
  uplinkBytes: z.number(),
  uplinkPackets: z.number(),
})
const columns = 'downlink_bytes, downlink_packets, uplink_bytes, uplink_packets'
const noCounters: Counters = { downlinkBytes: 0, downlinkPackets: 0, uplinkBytes: 0, uplinkPackets: 0 }

/** Of the subscriber's open session, undefined without one. */
export function openUsage(connection: Connection, nai: string): Promise<Counters | undefined> {
  return connection.one(
    counters,
    `SELECT ${columns} FROM usage WHERE home_session_id =
       (SELECT session_id FROM session WHERE nai = ? AND role = 'home-agent' AND state = 'open')`,
    nai,
  )
}

export function findUsage(connection: Connection, homeSessionId: string): Promise<Counters | undefined> {
  return connection.one(counters, `SELECT ${columns} FROM usage WHERE home_session_id = ?`, homeSessionId)
}

export async function startUsage(
  connection: Connection,
  homeSessionId: string,
  nai: string,
  at: number,
): Promise<void> {
  await connection.run(
    'INSERT INTO usage VALUES (?, ?, 0, 0, 0, 0, ?) ON CONFLICT (home_session_id) DO NOTHING',
    homeSessionId,
    nai,
    at,
  )
}

/** Counts a record and returns what it added; undefined: a duplicate (RFC 6733, section 9.4) changes nothing. */
export async function countRecord(
  connection: Connection,
  { homeSessionId, nai }: { homeSessionId: string; nai: string },
  record: AccountingRecord,
): Promise<Volume | undefined> {
  const { sessionId, recordNumber, recordType, at } = record
  const isNew = await connection.run(
    'INSERT INTO accounting_record VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    sessionId,
    recordNumber,
    recordType,
    ...inOrder(record.counters),
    at,
  )
  if (isNew === 0) return undefined
  const neighbour = (comparison: string): Promise<Counters | undefined> =>
    connection.one(
      counters,
      `SELECT ${columns} FROM accounting_record WHERE session_id = ? AND record_number ${comparison} LIMIT 1`,
      sessionId,
      recordNumber,
    )
  const previous = await neighbour('< ? ORDER BY record_number DESC')
  const next = await neighbour('> ? ORDER BY record_number ASC')
  const total = (await findUsage(connection, homeSessionId)) ?? noCounters
  const added = (name: keyof Counters): number =>
    countersAdded(previous?.[name], record.counters[name], next?.[name])
  const sum = (name: keyof Counters): number => atMost(total[name] + added(name))
  await connection.run(
    `UPDATE usage SET downlink_bytes = ?, downlink_packets = ?, uplink_bytes = ?, uplink_packets = ?, updated_at = ?
     WHERE home_session_id = ?`,
    sum('downlinkBytes'),
    sum('downlinkPackets'),
    sum('uplinkBytes'),
    sum('uplinkPackets'),
    at,
    homeSessionId,
  )
  const timeZone = await findTimeZone(connection)
  const volume = { downlinkBytes: added('downlinkBytes'), uplinkBytes: added('uplinkBytes') }
  for (const period of ['day', 'month'] as const)
    await addToPeriod(connection, nai, period, startOf(period, at, timeZone), volume)
  return volume
}

function inOrder({ downlinkBytes, downlinkPackets, uplinkBytes, uplinkPackets }: Counters): number[] {
  return [downlinkBytes, downlinkPackets, uplinkBytes, uplinkPackets]
}

/** The largest that is exact. */
function atMost(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER)
}

type Period = 'day' | 'month'
export type Volume = Pick<PeriodUsage, 'downlinkBytes' | 'uplinkBytes'>
const volume = z.object({ downlinkBytes: z.number(), uplinkBytes: z.number() })

/** What went through since the period began. */
export async function volumeIn(
  connection: Connection,
  nai: string,
  period: Period,
  startsAt: number,
): Promise<Volume> {
  const found = await connection.one(
    volume,
    'SELECT downlink_bytes, uplink_bytes FROM usage_period WHERE nai = ? AND period = ? AND starts_at = ?',
    nai,
    period,
    startsAt,
  )
  return found ?? { downlinkBytes: 0, uplinkBytes: 0 }
}

async function addToPeriod(
  connection: Connection,
  nai: string,
  period: Period,
  startsAt: number,
  added: Volume,
): Promise<void> {
  const before = await volumeIn(connection, nai, period, startsAt)
  // A late record can show that one before it had counted too much.
  const sum = (name: keyof Volume): number => Math.max(0, atMost(before[name] + added[name]))
  await connection.run(
    `INSERT INTO usage_period (nai, period, starts_at, downlink_bytes, uplink_bytes) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (nai, period, starts_at) DO UPDATE SET
       downlink_bytes = excluded.downlink_bytes, uplink_bytes = excluded.uplink_bytes`,
    nai,
    period,
    startsAt,
    sum('downlinkBytes'),
    sum('uplinkBytes'),
  )
}

/** Forgets the records of sessions that ended before a time; the totals stay. */
export async function pruneRecords(connection: Connection, endedBefore: number): Promise<void> {
  await connection.run(
    `DELETE FROM accounting_record WHERE session_id IN
       (SELECT session_id FROM session WHERE state = 'ended' AND ended_at < ?)`,
    endedBefore,
  )
}
