import { describeError } from '#core/error.ts'
import { unspecifiedAddress } from '#core/ipv4.ts'
import { type AnswerBody, isSuccess } from '#diameter/handler.ts'
import type { Avps } from '#wire/diameter/avps.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { isProtocolErrorCode, resultCode } from '#wire/diameter/result-code.ts'
import type { RevisedProfile } from '../database/service-control-database.ts'
import type { AuthenticRequest } from './authentication.ts'
import { chooseHomeAgent, type HomeAgent } from './home-agent-choice.ts'
import { homeAgentRequest } from './home-agent-request.ts'
import { mismatch, profileAvps } from './profile-transfer.ts'
import type { Server } from './server.ts'
import { release } from './visit-release.ts'

type Request = Avps<'AA-Mobile-Node', 'request'>
type Answer = AnswerBody<'AA-Mobile-Node'>

/** The home agent has to answer while the foreign agent, which waits as long for us, still waits. */
const shareOfRequestTimeout = 0.8

/** The new foreign agent is set up first: the previous one's release must not take the time of the handover. */
const releasePatienceMilliseconds = 300

/** A registration that may go to the home agent. */
interface Admission {
  homeAgent: HomeAgent & { realm: string; sessionId: string }
  authorizationLifetimeSeconds: number
  effective: RevisedProfile
}

/**
 * Has the home agent carry out an authentic registration and grants the profile to the foreign agent (RFC
 * 4004, section 3). To be called in the subscriber's turn of the queue.
 */
export async function register(server: Server, avps: Request, authentic: AuthenticRequest): Promise<Answer> {
  const admission = await admit(server, avps, authentic)
  if ('Result-Code' in admission) return admission
  const { homeAgent, authorizationLifetimeSeconds, effective } = admission

  const sentAt = performance.now()
  const answer = await server.diameter
    .request(
      'Home-Agent-MIP',
      homeAgentRequest(authentic, avps, homeAgent, authorizationLifetimeSeconds, effective),
      { timeoutMilliseconds: server.config.diameter.requestTimeoutSeconds * 1000 * shareOfRequestTimeout },
    )
    .catch((error: unknown) => describeError(error))
  const milliseconds = Math.round((performance.now() - sentAt) * 100) / 100
  if (typeof answer === 'string')
    return refuse(server, avps, resultCode.homeAgentNotAvailable, `${homeAgent.identity}: ${answer}`)
  if (!isSuccess(answer)) {
    const {
      'Result-Code': code,
      'Error-Message': reason = 'no reason given',
      'MIP-Reg-Reply': reply,
    } = answer.avps
    // A fault of the way to the home agent is not one of the way to us.
    const passedOn = isProtocolErrorCode(code) ? resultCode.homeAgentNotAvailable : code
    const refusal = refuse(server, avps, passedOn, `${homeAgent.identity}: ${reason}`)
    return reply === undefined ? refusal : { ...refusal, 'MIP-Reg-Reply': reply }
  }

  // A deregistration leaves nothing to hold: the agents end their sessions themselves.
  if (authentic.request.lifetimeSeconds > 0)
    await commit(server, avps, authentic, admission, answer.avps, milliseconds)
  return grant(server, authentic, admission, answer.avps)
}

async function admit(
  server: Server,
  avps: Request,
  { subscriber, request }: AuthenticRequest,
): Promise<Admission | Answer> {
  const { config, database, diameter, clock } = server
  const { nai, homeAddress } = subscriber
  const named = await database.session(avps['Session-Id'])
  if (
    named &&
    (named.nai !== nai || named.node !== avps['Origin-Host'].toLowerCase() || named.role !== 'foreign-agent')
  )
    return refuse(server, avps, resultCode.authorizationRejected, 'the Session-Id is that of another session')
  for (const address of [request.homeAddress, avps['MIP-Mobile-Node-Address'] ?? unspecifiedAddress])
    if (address !== homeAddress && address !== unspecifiedAddress)
      return refuse(
        server,
        avps,
        resultCode.authorizationRejected,
        `home address ${address} is not the subscriber's`,
      )

  const { homeSession, effective } = await database.prepareRegistration(nai, clock.now())
  for (const address of [request.homeAgent, avps['MIP-Home-Agent-Address'] ?? unspecifiedAddress])
    if (!chooseHomeAgent(address, config.homeAgents, homeSession))
      return refuse(server, avps, resultCode.homeAgentNotAvailable, `home agent ${address} is not available`)
  const homeAgent = chooseHomeAgent(request.homeAgent, config.homeAgents, homeSession)
  if (!homeAgent) return refuse(server, avps, resultCode.homeAgentNotAvailable, 'there is no home agent')
  return {
    homeAgent: {
      ...homeAgent,
      realm: config.realm,
      sessionId: homeSession?.sessionId ?? diameter.sessionId(),
    },
    authorizationLifetimeSeconds: Math.min(
      avps['Authorization-Lifetime'] ?? Number.POSITIVE_INFINITY,
      config.authorizationLifetimeSeconds,
    ),
    effective,
  }
}

async function commit(
  server: Server,
  avps: Request,
  { subscriber: { nai }, request }: AuthenticRequest,
  { homeAgent, authorizationLifetimeSeconds, effective }: Admission,
  answer: Avps<'Home-Agent-MIP', 'answer'>,
  milliseconds: number,
): Promise<void> {
  const at = server.clock.now()
  const reason = mismatch(effective, answer)
  if (reason !== undefined)
    server.log.warn({ event: 'installation-failed', nai, node: homeAgent.identity, reason }, reason)
  const previous = await server.database.commitRegistration({
    nai,
    at,
    authorizedUntil: at + authorizationLifetimeSeconds * 1000,
    acctMultiSessionId: answer['Acct-Multi-Session-Id'],
    homeAgent: {
      ...homeAgent,
      node: homeAgent.identity,
      installation:
        reason === undefined
          ? { applied: { revision: effective.revision, milliseconds } }
          : { failure: { kind: 'refused', reason } },
    },
    foreignAgent: {
      sessionId: avps['Session-Id'],
      node: avps['Origin-Host'].toLowerCase(),
      realm: avps['Origin-Realm'],
      careOfAddress: request.careOfAddress,
      grantedRevision: effective.revision,
    },
  })
  for (const { sessionId } of previous) release(server, sessionId, releasePatienceMilliseconds)
  server.log.info(
    {
      event: 'registered',
      nai,
      foreignAgent: avps['Origin-Host'],
      careOfAddress: request.careOfAddress,
      profile: effective.name,
      revision: effective.revision,
      homeAgentMilliseconds: milliseconds,
    },
    `${nai} registered at ${avps['Origin-Host']} with profile ${effective.name}, revision ${effective.revision}`,
  )
}

/** AA-Mobile-Node-Answer (RFC 4004, section 5.2). */
function grant(
  { config }: Server,
  { subscriber }: AuthenticRequest,
  { homeAgent, authorizationLifetimeSeconds, effective }: Admission,
  answer: Avps<'Home-Agent-MIP', 'answer'>,
): Answer {
  const { 'MIP-Reg-Reply': reply, 'Acct-Multi-Session-Id': acctMultiSessionId } = answer
  return {
    'Result-Code': resultCode.success,
    'User-Name': subscriber.nai,
    'MIP-Mobile-Node-Address': answer['MIP-Mobile-Node-Address'] ?? subscriber.homeAddress,
    'MIP-Home-Agent-Address': answer['MIP-Home-Agent-Address'] ?? homeAgent.address,
    'Authorization-Lifetime': authorizationLifetimeSeconds,
    'Re-Auth-Request-Type': dictionary['Re-Auth-Request-Type'].values.AUTHORIZE_ONLY,
    'Auth-Session-State': dictionary['Auth-Session-State'].values.STATE_MAINTAINED,
    'Acct-Interim-Interval': config.accountingInterimSeconds,
    ...(reply && { 'MIP-Reg-Reply': reply }),
    ...(acctMultiSessionId !== undefined && { 'Acct-Multi-Session-Id': acctMultiSessionId }),
    ...profileAvps(effective),
  }
}

function refuse({ log }: Server, avps: Request, code: number, reason: string): Answer {
  const nai = avps['User-Name']
  log.warn(
    { event: 'registration-refused', nai, foreignAgent: avps['Origin-Host'], code, reason },
    `registration of ${nai} refused: ${reason}`,
  )
  return { 'Result-Code': code, 'Error-Message': reason }
}
