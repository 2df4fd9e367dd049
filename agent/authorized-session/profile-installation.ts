/**
 * A new service profile in mid-session: QoS-Install-Request (RFC 5866) from the home server to either agent. The answer carries
 * what the kernel holds afterwards, whatever was asked for, and where.
 */
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import type { AnswerBody, Handler } from '#diameter/handler.ts'
import { type DatapathReport, encodeDatapathReport } from '#wire/diameter/datapath-report.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import {
  decodeServiceProfile,
  encodeServiceProfile,
  type ServiceProfile,
} from '#wire/diameter/service-profile.ts'
import { WireError } from '#wire/wire-error.ts'
import type { Datapath } from '../datapath/datapath.ts'
import { DatapathError } from '../datapath/datapath-error.ts'
import type { SubscriberFootprint } from '../datapath/footprint.ts'
import { StateError } from '../state-store/state-error.ts'
import { heldProfile } from './profile-footprint.ts'
import type { SubscriberTurns } from './subscriber-turns.ts'

/** A subscriber whom an agent serves: a mobility binding, or a visitor. */
export interface ServedSubscriber {
  nai: string
  profile: ServiceProfile
}

export interface ProfileInstallation<Served extends ServedSubscriber> {
  /** By the Mobile IPv4 session to which the QoS session is bound. */
  servedInSession(sessionId: string): Served | undefined
  footprint(subscriber: Served, profile: ServiceProfile): SubscriberFootprint
  /** Writes what is served to the disk. @throws state/unwritable */
  keep(subscriber: Served): Promise<void>
  datapath: Pick<Datapath, 'set' | 'report'>
  turns: SubscriberTurns
  log: Log
}

/** Answers QoS-Install-Requests. */
export function installProfiles<Served extends ServedSubscriber>(
  agent: ProfileInstallation<Served>,
): Handler<'QoS-Install'> {
  return async ({ avps }) => {
    const sessionId = avps['Bound-Auth-Session-Id']
    if (sessionId === undefined) return refusal('missingAvp', 'Bound-Auth-Session-Id is missing')
    const profile = readProfile(avps)
    if ('Result-Code' in profile) return profile
    const nai = agent.servedInSession(sessionId)?.nai
    if (nai === undefined) return refusal('unknownSessionId', `no session ${sessionId} is served here`)
    return agent.turns.take(nai, async () => {
      const served = agent.servedInSession(sessionId)
      if (!served) return refusal('unknownSessionId', `session ${sessionId} has just ended here`)
      return install(agent, served, profile)
    })
  }
}

async function install<Served extends ServedSubscriber>(
  { datapath, footprint, keep, log }: ProfileInstallation<Served>,
  served: Served,
  profile: ServiceProfile,
): Promise<AnswerBody<'QoS-Install'>> {
  const about = {
    event: 'profile-installation',
    nai: served.nai,
    revision: profile.revision,
    profile: profile.name,
  }
  if (profile.revision < served.profile.revision) {
    log.debug({ ...about, held: served.profile.revision }, 'a newer profile is held, nothing changed')
    return success(served.profile, datapath.report(served.nai))
  }
  try {
    const wanted = footprint(served, profile)
    const applied = await datapath.set(served.nai, wanted)
    const former = served.profile
    served.profile = heldProfile(profile, wanted, applied)
    await keep(served).catch(async (error: unknown) => {
      served.profile = former
      await datapath.set(served.nai, footprint(served, former))
      throw error
    })
    log.info({ ...about, ...applied }, 'profile installed')
    return success(served.profile, datapath.report(served.nai))
  } catch (error) {
    if (!(error instanceof DatapathError || error instanceof StateError)) throw error
    const reason = describeError(error)
    log.error(
      { ...about, held: served.profile.revision, reason },
      'profile not installed, the former one stays',
    )
    return refusal('unableToComply', reason)
  }
}

/** The profile of a request, or why it has none. */
export function readProfile(avps: Parameters<typeof decodeServiceProfile>[0]) {
  try {
    return decodeServiceProfile(avps) ?? refusal('missingAvp', 'Service-Profile is missing')
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return refusal('invalidAvpValue', describeError(error))
  }
}

/** An answer that says what the kernel holds, and where. */
export function success(
  profile: ServiceProfile,
  report: DatapathReport | undefined,
): AnswerBody<'QoS-Install'> {
  return {
    'Result-Code': resultCode.success,
    ...encodeServiceProfile(profile),
    ...(report && { 'Datapath-Report': encodeDatapathReport(report) }),
  }
}

/** An answer that says why not. */
export function refusal(code: keyof typeof resultCode, message: string) {
  return { 'Result-Code': resultCode[code], 'Error-Message': message }
}
