import { z } from 'zod'
import type { Connection } from './connection.ts'
import type {
  AcceptedRegistration,
  AccountingRecord,
  InstallationOutcome,
  Session,
} from './service-control-database.ts'
import { startUsage } from './usage-table.ts'

const columns = `session_id AS sessionId, home_session_id AS homeSessionId, nai, role, node, realm, address,
  home_address AS homeAddress, state,
  acct_multi_session_id AS acctMultiSessionId, started_at AS startedAt, authorized_until AS authorizedUntil,
  qos_session_id AS qosSessionId, granted_revision AS grantedRevision, revision, milliseconds, failure,
  failure_kind AS failureKind`
const optional = <Type extends z.ZodType>(type: Type) =>
  type.nullable().transform((value) => value ?? undefined)
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
  })
  .transform(
    ({ qosSessionId, grantedRevision, revision, milliseconds, failure, failureKind, ...rest }): Session => ({
      ...rest,
      installation: {
        qosSessionId,
        grantedRevision,
        revision,
        milliseconds,
        failure:
          failureKind === undefined || failure === undefined
            ? undefined
            : { kind: failureKind, reason: failure },
      },
    }),
  )

export function findSession(connection: Connection, sessionId: string): Session | undefined {
  return connection.one(row, `SELECT ${columns} FROM session WHERE session_id = ?`, sessionId)
}

export function findOpen(connection: Connection, nai: string, role: Session['role']): Session | undefined {
  return connection.one(
    row,
    `SELECT ${columns} FROM session WHERE nai = ? AND state = 'open' AND role = ?`,
    nai,
    role,
  )
}

export function listOpen(connection: Connection, nai?: string): Session[] {
  const order = "ORDER BY nai, role = 'foreign-agent'"
  return nai === undefined
    ? connection.all(row, `SELECT ${columns} FROM session WHERE state = 'open' ${order}`)
    : connection.all(row, `SELECT ${columns} FROM session WHERE nai = ? AND state = 'open' ${order}`, nai)
}

export function listExpired(connection: Connection, at: number): Session[] {
  return connection.all(
    row,
    `SELECT ${columns} FROM session WHERE state <> 'ended' AND authorized_until < ?`,
    at,
  )
}

export function listReleasing(connection: Connection): Session[] {
  return connection.all(row, `SELECT ${columns} FROM session WHERE state = 'releasing' ORDER BY started_at`)
}

/** @see ServiceControlDatabase.homeAgentLoad */
export function homeAgentLoad(connection: Connection): Map<string, number> {
  const counted = connection.all(
    z.object({ node: z.string(), sessions: z.number() }),
    `SELECT node, COUNT(*) AS sessions FROM session WHERE state = 'open' AND role = 'home-agent' GROUP BY node`,
  )
  return new Map(counted.map(({ node, sessions }) => [node, sessions]))
}

/**
 * The visit that a record belongs to: by its own session, else by Acct-Multi-Session-Id and the node that sent it. A home agent accounts
 * while no foreign agent does it.
 */
export function findAccounted(
  connection: Connection,
  { sessionId, acctMultiSessionId, node }: AccountingRecord,
): Session | undefined {
  const own = findSession(connection, sessionId)
  if (own) {
    const isAccounted = own.role === 'foreign-agent' || !findOpen(connection, own.nai, 'foreign-agent')
    return own.node === node && isAccounted ? own : undefined
  }
  if (acctMultiSessionId === undefined) return undefined
  return connection.one(
    row,
    `SELECT ${columns} FROM session WHERE acct_multi_session_id = ? AND node = ? AND role = 'foreign-agent'
     ORDER BY started_at DESC LIMIT 1`,
    acctMultiSessionId,
    node,
  )
}

/**
 * Opens or renews the session of one agent; what it holds of the profile is kept when it was open already.
 */
function openSession(
  connection: Connection,
  session: Pick<
    Session,
    'sessionId' | 'homeSessionId' | 'role' | 'node' | 'realm' | 'address' | 'homeAddress'
  >,
  { nai, at, authorizedUntil, acctMultiSessionId }: AcceptedRegistration,
): void {
  const { sessionId, homeSessionId, role, node, realm, address, homeAddress } = session
  connection.run(
    `INSERT INTO session (session_id, home_session_id, nai, role, node, realm, address, home_address,
       acct_multi_session_id, state, started_at, authorized_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?)
     ON CONFLICT (session_id) DO UPDATE SET home_session_id = excluded.home_session_id, address = excluded.address,
       home_address = excluded.home_address,
       acct_multi_session_id = excluded.acct_multi_session_id, ended_at = NULL, end_cause = NULL,
       revision = CASE WHEN state = 'open' THEN revision END, state = 'open',
       failure = NULL, failure_kind = NULL, authorized_until = excluded.authorized_until`,
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
export function acceptRegistration(connection: Connection, accepted: AcceptedRegistration): Session[] {
  const { nai, at, homeAddress, homeAgent, foreignAgent, grantedRevision } = accepted
  const homeSessionId = homeAgent.sessionId
  const previous = findOpen(connection, nai, 'foreign-agent')
  const isReplaced = previous !== undefined && previous.sessionId !== foreignAgent?.sessionId
  // The same foreign agent replaces its visitor itself; told to release the old one it could drop the new.
  const isAtSameAgent = previous?.node === foreignAgent?.node
  if (isReplaced && isAtSameAgent) markEnded(connection, previous.sessionId, 'replaced', at)
  else if (isReplaced) markReleasing(connection, previous.sessionId, 'user moved', at)

  const former = findOpen(connection, nai, 'home-agent')
  if (former && former.sessionId !== homeSessionId)
    renameHomeSession(connection, former.sessionId, homeSessionId)
  openSession(connection, { ...homeAgent, homeSessionId, role: 'home-agent', homeAddress }, accepted)
  startUsage(connection, homeSessionId, nai, at)
  if (homeAgent.installation) saveInstallation(connection, homeSessionId, homeAgent.installation)
  else grantRevision(connection, homeSessionId, grantedRevision)
  if (foreignAgent) {
    const { careOfAddress: address, sessionId } = foreignAgent
    const visit = {
      ...foreignAgent,
      address,
      homeSessionId,
      role: 'foreign-agent',
      homeAddress: undefined,
    } as const
    openSession(connection, visit, accepted)
    grantRevision(connection, sessionId, grantedRevision)
  }
  return isReplaced && !isAtSameAgent ? [previous] : []
}

/** A home agent that asks by itself, for a node with a co-located care-of address, does it in a session of its own making. */
function renameHomeSession(connection: Connection, from: string, to: string): void {
  connection.run('UPDATE session SET session_id = ? WHERE session_id = ?', to, from)
  connection.run('UPDATE session SET home_session_id = ? WHERE home_session_id = ?', to, from)
  connection.run('UPDATE usage SET home_session_id = ? WHERE home_session_id = ?', to, from)
}

function grantRevision(connection: Connection, sessionId: string, revision: number): void {
  connection.run('UPDATE session SET granted_revision = ? WHERE session_id = ?', revision, sessionId)
}

export function saveInstallation(
  connection: Connection,
  sessionId: string,
  outcome: InstallationOutcome,
): void {
  if (outcome.qosSessionId !== undefined)
    connection.run(
      'UPDATE session SET qos_session_id = ? WHERE session_id = ?',
      outcome.qosSessionId,
      sessionId,
    )
  if ('applied' in outcome)
    connection.run(
      'UPDATE session SET revision = ?, milliseconds = ?, failure = NULL, failure_kind = NULL WHERE session_id = ?',
      outcome.applied.revision,
      outcome.applied.milliseconds,
      sessionId,
    )
  else if ('confirmed' in outcome)
    connection.run(
      'UPDATE session SET revision = ? WHERE session_id = ? AND revision IS NULL',
      outcome.confirmed,
      sessionId,
    )
  else
    connection.run(
      'UPDATE session SET failure = ?, failure_kind = ? WHERE session_id = ?',
      outcome.failure.reason,
      outcome.failure.kind,
      sessionId,
    )
}

export function markEnded(connection: Connection, sessionId: string, cause: string, at: number): void {
  connection.run(
    `UPDATE session SET state = 'ended', ended_at = ?, end_cause = ? WHERE session_id = ? AND state <> 'ended'`,
    at,
    cause,
    sessionId,
  )
}

export function markReleasing(connection: Connection, sessionId: string, cause: string, at: number): void {
  connection.run(
    `UPDATE session SET state = 'releasing', ended_at = ?, end_cause = ? WHERE session_id = ? AND state = 'open'`,
    at,
    cause,
    sessionId,
  )
}
