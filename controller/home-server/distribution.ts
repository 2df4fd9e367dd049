import { describeError } from '#core/error.ts'
import { isSuccess } from '#diameter/handler.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import type {
  FailureKind,
  InstallationOutcome,
  RevisedProfile,
  Session,
} from '../database/service-control-database.ts'
import { readDatapathReport } from './datapath-reports.ts'
import { type DistributionReport, distributionReport, isFailure } from './distribution-report.ts'
import { installRequest, mismatch } from './profile-transfer.ts'
import { rollBack } from './roll-back.ts'
import type { Server } from './server.ts'

/**
 * An agent that answers so may take the same order a moment later: it has not set up the session yet, or was
 * not reached.
 */
const passingResults: readonly number[] = [
  resultCode.unableToDeliver,
  resultCode.tooBusy,
  resultCode.outOfSpace,
  resultCode.unknownSessionId,
]

/**
 * Brings the subscriber's newest revision to the home agent and the foreign agent at once
 * (QoS-Install-Request, RFC 5866) and records what each read back from its kernel; an agent that was out of
 * reach is tried again, and one that refuses takes the others back or is tried again, as the profile says. Calls for one subscriber are serialised; those that wait are done in one go with the
 * newest.
 */
export function distribute(server: Server, nai: string): Promise<DistributionReport> {
  return server.queue.runNewest(nai, async () => {
    const first = await bringNewest(server, nai)
    const refusals = await rollBack(server, nai, first.effective, first.sessions)
    const { effective, sessions } = refusals ? await bringNewest(server, nai) : first
    const report = distributionReport(effective.revision, sessions, refusals)
    const key = `distribution ${nai}`
    if (sessions.some((session) => isWorthRetrying(effective, session)))
      server.retries.again(key, () => distributeInBackground(server, nai))
    else server.retries.done(key)
    const isIncomplete = isFailure(report.state)
    server.log[isIncomplete ? 'warn' : 'info'](
      { event: 'profile-distributed', nai, profile: effective.profile.name, ...report },
      `profile ${effective.profile.name}, revision ${report.revision}, of ${nai}: ${report.state}`,
    )
    const { revision, state } = report
    server.live.publish({ kind: 'profile', nai, profile: effective.profile.name, revision, state })
    return report
  })
}

/** Orders the newest revision from each agent that is behind. Returns what they hold then. */
async function bringNewest(
  server: Server,
  nai: string,
): Promise<{ effective: RevisedProfile; sessions: Session[] }> {
  const effective = await server.database.effective(nai)
  const behind = (await server.database.openSessions(nai)).filter(
    ({ installation }) => installation.revision !== effective.revision,
  )
  await Promise.all(behind.map((session) => install(server, session, effective)))
  return { effective, sessions: await server.database.openSessions(nai) }
}

/** As `distribute`, when nobody waits for the outcome. It is in the log and in the database. */
export function distributeInBackground(server: Server, nai: string): void {
  distribute(server, nai).catch((error: unknown) =>
    server.log.error(
      { event: 'distribution-failed', nai, error: describeError(error) },
      'a profile could not be distributed',
    ),
  )
}

/**
 * Whether trying again makes sense: an agent is behind since it was out of reach, or since it has refused and the profile
 * asks for a report and another attempt.
 */
export function isWorthRetrying(
  { profile, revision }: RevisedProfile,
  { state, installation }: Session,
): boolean {
  const known = installation.revision ?? installation.grantedRevision
  const isFinal =
    hasRefused(installation) &&
    installation.failure?.revision === revision &&
    profile.distribution.onFailure === 'roll-back'
  return state === 'open' && known !== revision && !isFinal
}

/** Whether the agent was reached and would not take the newest revision. */
export function hasRefused({ failure }: Session['installation']): boolean {
  return failure?.kind === 'refused'
}

async function install(server: Server, session: Session, effective: RevisedProfile): Promise<void> {
  const { database, diameter, log, live } = server
  const { sessionId, nai, node } = session
  const qosSessionId = session.installation.qosSessionId ?? diameter.sessionId('qos')
  const outcome = await order()
  await database.recordInstallation(sessionId, { ...outcome, qosSessionId })

  async function order(): Promise<InstallationOutcome> {
    const sentAt = performance.now()
    try {
      const answer = await diameter.request('QoS-Install', installRequest(session, qosSessionId, effective))
      const milliseconds = Math.round((performance.now() - sentAt) * 100) / 100
      if (!isSuccess(answer)) {
        const code = answer.avps['Result-Code']
        return failure(
          passingResults.includes(code) ? 'unreachable' : 'refused',
          `Result-Code ${code}: ${answer.avps['Error-Message'] ?? 'no reason given'}`,
        )
      }
      const reason = mismatch(effective, answer.avps, session.role)
      if (reason !== undefined) return failure('refused', reason)
      live.publish({ kind: 'installation', nai, node, revision: effective.revision, milliseconds })
      const datapath = readDatapathReport(server, node, answer.avps['Datapath-Report'])
      return { applied: { revision: effective.revision, milliseconds }, datapath }
    } catch (error) {
      return failure('unreachable', describeError(error))
    }
  }

  function failure(kind: FailureKind, reason: string): InstallationOutcome {
    log.warn(
      { event: 'installation-failed', nai, node, revision: effective.revision, kind, reason },
      `${node}: ${reason}`,
    )
    live.publish({ kind: 'installation', nai, node, revision: effective.revision, failure: reason })
    return { failure: { kind, reason, revision: effective.revision } }
  }
}
