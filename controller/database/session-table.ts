/** Every statement about sessions, and so above 300 lines: what reads a row and what writes it belong side by side. */
import { z } from 'zod'
import type { DatapathReport } from '#wire/diameter/datapath-report.ts'
import type { Connection } from './connection.ts'
import { own } from './ownership-table.ts'
import type {
  AcceptedRegistration,
  AccountingRecord,
  InstallationOutcome,
  Session,
} from './service-control-database.ts'
import { startUsage } from './usage-table.ts'

const optional = <Type extends z.ZodType>(type: Type) =>
  type.nullable().transform((value) => value ?? undefined)
/** Checked when it came. */
const storedDatapath = z.custom<DatapathReport>((value) => typeof value === 'object')
const row = z
  .object({
    sessionId: z.string(),
    homeSessionId: z.string(),
    nai: z.string(),
    role: z.enum(['home-agent', 'foreign-agent']),
    node: z.string(),
    realm: z.string(),
    address: z.string(),
    homeAddress: optional(z.string()),
    state: z.enum(['open', 'releasing', 'ended']),
    acctMultiSessionId: optional(z.string()),
    startedAt: z.number(),
    authorizedUntil: z.number(),
    qosSessionId: optional(z.string()),
    grantedRevision: optional(z.number()),
    revision: optional(z.number()),
    milliseconds: optional(z.number()),
    failure: optional(z.string()),
    failureKind: optional(z.enum(['refused', 'unreachable'])),
    failedRevision: optional(z.number()),
    datapath: optional(z.string()),
  })
  .transform(
    ({
      qosSessionId,
      grantedRevision,
      revision,
      milliseconds,
      failure: reason,
      failureKind: kind,
      failedRevision,
      datapath,
      ...rest
    }): Session => ({
      ...rest,
      installation: {
        qosSessionId,
        grantedRevision,
        revision,
        milliseconds,
        failure:
          kind === undefined || reason === undefined ? undefined : { kind, reason, revision: failedRevision },
        datapath: datapath === undefined ? undefined : storedDatapath.parse(JSON.parse(datapath)),
      },
    }),
  )

export function findSession(connection: Connection, sessionId: string): Promise<Session | undefined> {
  return connection.one(row, `SELECT * FROM session WHERE session_id = ?`, sessionId)
}

export function findOpen(
  connection: Connection,
  nai: string,
  role: Session['role'],
): Promise<Session | undefined> {
  return connection.one(row, `SELECT * FROM session WHERE nai = ? AND state = 'open' AND role = ?`, nai, role)
}

export function listOpen(connection: Connection, nai?: string): Promise<Session[]> {
  const order = "ORDER BY nai, role = 'foreign-agent'"
  return nai === undefined
    ? connection.all(row, `SELECT * FROM session WHERE state = 'open' ${order}`)
    : connection.all(row, `SELECT * FROM session WHERE nai = ? AND state = 'open' ${order}`, nai)
}

export function listExpired(connection: Connection, at: number): Promise<Session[]> {
  return connection.all(row, `SELECT * FROM session WHERE state <> 'ended' AND authorized_until < ?`, at)
}

/** Of all subscribers, or of those for whom a home server cares. */
export function listReleasing(connection: Connection, identity?: string): Promise<Session[]> {
  const order = 'ORDER BY started_at'
  if (identity === undefined)
    return connection.all(row, `SELECT * FROM session WHERE state = 'releasing' ${order}`)
  const owned = 'nai IN (SELECT nai FROM owner WHERE identity = ?)'
  return connection.all(
    row,
    `SELECT * FROM session WHERE state = 'releasing' AND ${owned} ${order}`,
    identity,
  )
}

/** @see ServiceControlDatabase.behind */
export async function listBehind(connection: Connection, identity: string): Promise<string[]> {
  const found = await connection.all(
    z.object({ nai: z.string() }),
    `SELECT DISTINCT session.nai FROM session JOIN owner ON owner.nai = session.nai
     WHERE identity = ? AND state = 'open' AND COALESCE(revision, granted_revision, 0) <>
       (SELECT MAX(effective.revision) FROM effective WHERE effective.nai = session.nai)
     ORDER BY session.nai`,
    identity,
  )
  return found.map(({ nai }) => nai)
}

/** @see ServiceControlDatabase.homeAgentLoad */
export async function homeAgentLoad(connection: Connection): Promise<Map<string, number>> {
  const counted = await connection.all(
    z.object({ node: z.string(), sessions: z.number() }),
    `SELECT node, COUNT(*) AS sessions FROM session WHERE state = 'open' AND role = 'home-agent' GROUP BY node`,
  )
  return new Map(counted.map(({ node, sessions }) => [node, sessions]))
}

/**
 * The visit that a record belongs to: by its own session, else by Acct-Multi-Session-Id and the node that sent it. A home agent accounts
 * while no foreign agent does it.
 */
export async function findAccounted(
  connection: Connection,
  { sessionId, acctMultiSessionId, node }: AccountingRecord,
): Promise<Session | undefined> {
  const own = await findSession(connection, sessionId)
  if (own) {
    const isAccounted =
      own.role === 'foreign-agent' || !(await findOpen(connection, own.nai, 'foreign-agent'))
    return own.node === node && isAccounted ? own : undefined
  }
  if (acctMultiSessionId === undefined) return undefined
  return connection.one(
    row,
    `SELECT * FROM session WHERE acct_multi_session_id = ? AND node = ? AND role = 'foreign-agent'
     ORDER BY started_at DESC LIMIT 1`,
    acctMultiSessionId,
    node,
  )
}

/**
 * Opens or renews the session of one agent; what it holds of the profile is kept when it was open already.
 */
async function openSession(
  connection: Connection,
  session: Pick<
    Session,
    'sessionId' | 'homeSessionId' | 'role' | 'node' | 'realm' | 'address' | 'homeAddress'
  >,
  { nai, at, authorizedUntil, acctMultiSessionId }: AcceptedRegistration,
): Promise<void> {
  const { sessionId, homeSessionId, role, node, realm, address, homeAddress } = session
  await connection.run(
    `INSERT INTO session (session_id, home_session_id, nai, role, node, realm, address, home_address,
       acct_multi_session_id, state, started_at, authorized_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?)
     ON CONFLICT (session_id) DO UPDATE SET home_session_id = excluded.home_session_id, address = excluded.address,
       home_address = excluded.home_address,
       acct_multi_session_id = excluded.acct_multi_session_id, ended_at = NULL, end_cause = NULL,
       revision = CASE WHEN session.state = 'open' THEN session.revision END,
       datapath = CASE WHEN session.state = 'open' THEN session.datapath END, state = 'open',
       failure = NULL, failure_kind = NULL, failed_revision = NULL, authorized_until = excluded.authorized_until`,
    sessionId,
    homeSessionId,
    nai,
    role,
    node,
    realm,
    address,
    homeAddress ?? null,
    acctMultiSessionId ?? null,
    at,
    authorizedUntil,
  )
}

/** @see ServiceControlDatabase.commitRegistration */
export async function acceptRegistration(
  connection: Connection,
  accepted: AcceptedRegistration,
): Promise<Session[]> {
  const { nai, at, homeAddress, homeAgent, foreignAgent, grantedRevision } = accepted
  const homeSessionId = homeAgent.sessionId
  const previous = await findOpen(connection, nai, 'foreign-agent')
  const isReplaced = previous !== undefined && previous.sessionId !== foreignAgent?.sessionId
  // The same foreign agent replaces its visitor itself; told to release the old one it could drop the new.
  const isAtSameAgent = previous?.node === foreignAgent?.node
  if (isReplaced && isAtSameAgent) await markEnded(connection, previous.sessionId, 'replaced', at)
  else if (isReplaced) await markReleasing(connection, previous.sessionId, 'user moved', at)

  const former = await findOpen(connection, nai, 'home-agent')
  if (former && former.sessionId !== homeSessionId)
    await renameHomeSession(connection, former.sessionId, homeSessionId)
  await openSession(connection, { ...homeAgent, homeSessionId, role: 'home-agent', homeAddress }, accepted)
  await startUsage(connection, homeSessionId, nai, at)
  await own(connection, nai, accepted.homeServer)
  if (homeAgent.installation) await saveInstallation(connection, homeSessionId, homeAgent.installation)
  else await grantRevision(connection, homeSessionId, grantedRevision)
  if (foreignAgent) {
    const { careOfAddress: address, sessionId } = foreignAgent
    const visit = {
      ...foreignAgent,
      address,
      homeSessionId,
      role: 'foreign-agent',
      homeAddress: undefined,
    } as const
    await openSession(connection, visit, accepted)
    await grantRevision(connection, sessionId, grantedRevision)
    if (foreignAgent.installation) await saveInstallation(connection, sessionId, foreignAgent.installation)
  }
  return isReplaced && !isAtSameAgent ? [previous] : []
}

/** A home agent that asks by itself, for a node with a co-located care-of address, does it in a session of its own making. */
async function renameHomeSession(connection: Connection, from: string, to: string): Promise<void> {
  await connection.run('UPDATE session SET session_id = ? WHERE session_id = ?', to, from)
  await connection.run('UPDATE session SET home_session_id = ? WHERE home_session_id = ?', to, from)
  await connection.run('UPDATE usage SET home_session_id = ? WHERE home_session_id = ?', to, from)
}

async function grantRevision(connection: Connection, sessionId: string, revision: number): Promise<void> {
  await connection.run('UPDATE session SET granted_revision = ? WHERE session_id = ?', revision, sessionId)
}

export async function saveInstallation(
  connection: Connection,
  sessionId: string,
  outcome: InstallationOutcome,
): Promise<void> {
  if (outcome.qosSessionId !== undefined)
    await connection.run(
      'UPDATE session SET qos_session_id = ? WHERE session_id = ?',
      outcome.qosSessionId,
      sessionId,
    )
  if (outcome.datapath !== undefined)
    await connection.run(
      'UPDATE session SET datapath = ? WHERE session_id = ?',
      JSON.stringify(outcome.datapath),
      sessionId,
    )
  if ('applied' in outcome)
    await connection.run(
      `UPDATE session SET revision = ?, milliseconds = ?, failure = NULL, failure_kind = NULL, failed_revision = NULL
       WHERE session_id = ?`,
      outcome.applied.revision,
      outcome.applied.milliseconds,
      sessionId,
    )
  else if ('confirmed' in outcome)
    await connection.run(
      'UPDATE session SET revision = ? WHERE session_id = ? AND revision IS NULL',
      outcome.confirmed,
      sessionId,
    )
  else
    await connection.run(
      'UPDATE session SET failure = ?, failure_kind = ?, failed_revision = ? WHERE session_id = ?',
      outcome.failure.reason,
      outcome.failure.kind,
      outcome.failure.revision ?? null,
      sessionId,
    )
}

export async function markEnded(
  connection: Connection,
  sessionId: string,
  cause: string,
  at: number,
): Promise<void> {
  await connection.run(
    `UPDATE session SET state = 'ended', ended_at = ?, end_cause = ? WHERE session_id = ? AND state <> 'ended'`,
    at,
    cause,
    sessionId,
  )
}

export async function markReleasing(
  connection: Connection,
  sessionId: string,
  cause: string,
  at: number,
): Promise<void> {
  await connection.run(
    `UPDATE session SET state = 'releasing', ended_at = ?, end_cause = ? WHERE session_id = ? AND state = 'open'`,
    at,
    cause,
    sessionId,
  )
}

/** When the subscriber was in session, as far as that was after `since`; without `to`: still is. */
export async function connectedTimes(
  connection: Connection,
  nai: string,
  since: number,
): Promise<{ from: number; to: number | undefined }[]> {
  const found = await connection.all(
    z.object({ startedAt: z.number(), endedAt: optional(z.number()) }),
    `SELECT started_at, ended_at FROM session
     WHERE nai = ? AND role = 'home-agent' AND (ended_at IS NULL OR ended_at > ?)`,
    nai,
    since,
  )
  return found.map(({ startedAt, endedAt }) => ({ from: startedAt, to: endedAt }))
}
