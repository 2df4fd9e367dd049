import { z } from 'zod'
import { countersAdded } from '../profile/cumulative-counter.ts'
import type { Connection } from './connection.ts'
import type { AccountingRecord, Counters } from './service-control-database.ts'

const columns = `downlink_bytes AS downlinkBytes, downlink_packets AS downlinkPackets,
  uplink_bytes AS uplinkBytes, uplink_packets AS uplinkPackets`
const counters = z.object({
  downlinkBytes: z.number(),
  downlinkPackets: z.number(),
  uplinkBytes: z.number(),
  uplinkPackets: z.number(),
})
const noCounters: Counters = { downlinkBytes: 0, downlinkPackets: 0, uplinkBytes: 0, uplinkPackets: 0 }

/** Of the subscriber's open session, undefined without one. */
export function openUsage(connection: Connection, nai: string): Counters | undefined {
  return connection.one(
    counters,
    `SELECT ${columns} FROM usage WHERE home_session_id =
       (SELECT session_id FROM session WHERE nai = ? AND role = 'home-agent' AND state = 'open')`,
    nai,
  )
}

export function findUsage(connection: Connection, homeSessionId: string): Counters | undefined {
  return connection.one(counters, `SELECT ${columns} FROM usage WHERE home_session_id = ?`, homeSessionId)
}

export function startUsage(connection: Connection, homeSessionId: string, nai: string, at: number): void {
  connection.run(
    'INSERT INTO usage VALUES (?, ?, 0, 0, 0, 0, ?) ON CONFLICT (home_session_id) DO NOTHING',
    homeSessionId,
    nai,
    at,
  )
}

/** Counts a record and returns whether it was new: a duplicate (RFC 6733 9.4) changes nothing. */
export function countRecord(
  connection: Connection,
  homeSessionId: string,
  record: AccountingRecord,
): boolean {
  const { sessionId, recordNumber, recordType, at } = record
  const isNew = connection.run(
    'INSERT INTO accounting_record VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    sessionId,
    recordNumber,
    recordType,
    ...inOrder(record.counters),
    at,
  )
  if (isNew === 0) return false
  const neighbour = (comparison: string): Counters | undefined =>
    connection.one(
      counters,
      `SELECT ${columns} FROM accounting_record WHERE session_id = ? AND record_number ${comparison} LIMIT 1`,
      sessionId,
      recordNumber,
    )
  const previous = neighbour('< ? ORDER BY record_number DESC')
  const next = neighbour('> ? ORDER BY record_number ASC')
  const total = findUsage(connection, homeSessionId) ?? noCounters
  const sum = (name: keyof Counters): number =>
    Math.min(
      total[name] + countersAdded(previous?.[name], record.counters[name], next?.[name]),
      Number.MAX_SAFE_INTEGER,
    )
  connection.run(
    `UPDATE usage SET downlink_bytes = ?, downlink_packets = ?, uplink_bytes = ?, uplink_packets = ?, updated_at = ?
     WHERE home_session_id = ?`,
    sum('downlinkBytes'),
    sum('downlinkPackets'),
    sum('uplinkBytes'),
    sum('uplinkPackets'),
    at,
    homeSessionId,
  )
  return true
}

function inOrder({ downlinkBytes, downlinkPackets, uplinkBytes, uplinkPackets }: Counters): number[] {
  return [downlinkBytes, downlinkPackets, uplinkBytes, uplinkPackets]
}

/** Forgets the records of sessions that ended before a time; the totals stay. */
export function pruneRecords(connection: Connection, endedBefore: number): void {
  connection.run(
    `DELETE FROM accounting_record WHERE session_id IN
       (SELECT session_id FROM session WHERE state = 'ended' AND ended_at < ?)`,
    endedBefore,
  )
}
