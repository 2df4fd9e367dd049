import type { AnswerBody } from '#diameter/handler.ts'
import { sameIdentity } from '#diameter/local-identity.ts'
import type { Avps } from '#wire/diameter/avps.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { type Admission, admit, type Refusal } from './admission.ts'
import type { AuthenticRequest } from './authentication.ts'
import { distributeInBackground } from './distribution.ts'
import { settleInBackground, signalInBackground } from './event-signals.ts'
import { bind, type HomeAgentBinding, ownBinding } from './home-agent-binding.ts'
import { type Preparation, prepareMove } from './move.ts'
import { profileAvps } from './profile-transfer.ts'
import type { Server } from './server.ts'
import { release } from './visit-release.ts'

type Request = Avps<'AA-Mobile-Node', 'request'>
type Answer = AnswerBody<'AA-Mobile-Node'>

/** What the new place changes is sent when the foreign agent has set up the visit. */
const settledPatienceMilliseconds = 300

/** A home agent that asks itself first has to get the answer, and to set what it says. */
const readBackPatienceMilliseconds = 300

/**
 * Has the home agent carry out an authentic registration and grants the profile to the foreign agent (RFC 4004, section 3); a home
 * agent that asks for a node with a co-located care-of address is granted it at once. To be called in the subscriber's turn of the
 * queue. `isDirect`: see `admit`.
 */
export async function register(
  server: Server,
  avps: Request,
  authentic: AuthenticRequest,
  isDirect: boolean,
): Promise<Answer> {
  const admission = await admit(server, avps, authentic, isDirect)
  if ('Result-Code' in admission) return refuse(server, avps, admission)
  const preparation = await prepareMove(server, avps, authentic, admission)
  if ('Result-Code' in preparation) return refuse(server, avps, preparation)
  const binding = admission.isColocated
    ? ownBinding(avps, authentic, admission)
    : await bind(server, avps, authentic, admission, preparation.spentMilliseconds)
  if ('Result-Code' in binding) {
    preparation.takeBack()
    return refuse(server, avps, binding)
  }
  // A deregistration leaves nothing to hold: the agents end their sessions themselves.
  if (authentic.request.lifetimeSeconds > 0)
    await commit(server, avps, authentic, admission, binding, preparation)
  server.live.publish({
    kind: 'registration',
    nai: authentic.subscriber.nai,
    foreignAgent: avps['Origin-Host'],
    outcome: 'accepted',
  })
  return grant(server, authentic, admission, binding)
}

async function commit(
  server: Server,
  avps: Request,
  { subscriber: { nai }, request }: AuthenticRequest,
  { authorizationLifetimeSeconds, effective, isColocated }: Admission,
  { homeAgent, homeAddress, acctMultiSessionId }: HomeAgentBinding,
  { installation: provided, releaseMilliseconds }: Preparation,
): Promise<void> {
  const { database, clock, log, live } = server
  const at = clock.now()
  const { careOfAddress } = request
  const agent = avps['Origin-Host']
  const { installation, node } = homeAgent
  const about = { nai, homeAgent: node, homeAddress, careOfAddress }
  if (installation && 'failure' in installation)
    log.warn({ event: 'installation-failed', ...about, ...installation.failure }, installation.failure.reason)
  const previous = await database.commitRegistration({
    nai,
    homeServer: server.config.identity,
    at,
    authorizedUntil: at + authorizationLifetimeSeconds * 1000,
    acctMultiSessionId,
    homeAddress,
    grantedRevision: effective.revision,
    homeAgent,
    foreignAgent: isColocated
      ? undefined
      : {
          sessionId: avps['Session-Id'],
          node: agent.toLowerCase(),
          realm: avps['Origin-Realm'],
          careOfAddress,
          ...(provided && { installation: provided }),
        },
  })
  live.publish({ kind: 'session', nai, node, change: 'registered' })
  server.retries.after(`location ${nai}`, settledPatienceMilliseconds, () => settleInBackground(server, nai))
  // With the S bit (RFC 5944, section 3.3) the node keeps its former care-of address too: without, it has moved.
  if (request.flags.simultaneousBindings && previous.some((visit) => !sameIdentity(visit.node, agent)))
    signalInBackground(server, nai, { kind: 'second-location', foreignAgent: agent.toLowerCase() })
  for (const { sessionId } of previous) release(server, sessionId, releaseMilliseconds)
  // Only the answer tells it what to set: what its kernel holds then has to be asked for.
  if (isColocated)
    server.retries.after(`distribution ${nai}`, readBackPatienceMilliseconds, () =>
      distributeInBackground(server, nai),
    )
  log.info(
    {
      event: 'registered',
      ...about,
      ...(!isColocated && { foreignAgent: agent }),
      profile: effective.profile.name,
      revision: effective.revision,
      ...(installation &&
        'applied' in installation && { homeAgentMilliseconds: installation.applied.milliseconds }),
    },
    `${nai} registered at ${agent} with profile ${effective.profile.name}, revision ${effective.revision}`,
  )
}

/** AA-Mobile-Node-Answer (RFC 4004, section 5.2). */
function grant(
  { config }: Server,
  { subscriber }: AuthenticRequest,
  { authorizationLifetimeSeconds, effective }: Admission,
  { homeAgent, homeAddress, acctMultiSessionId, answer }: HomeAgentBinding,
): Answer {
  return {
    'Result-Code': resultCode.success,
    'User-Name': subscriber.nai,
    'MIP-Mobile-Node-Address': homeAddress,
    'MIP-Home-Agent-Address': homeAgent.address,
    'Authorization-Lifetime': authorizationLifetimeSeconds,
    'Re-Auth-Request-Type': dictionary['Re-Auth-Request-Type'].values.AUTHORIZE_ONLY,
    'Auth-Session-State': dictionary['Auth-Session-State'].values.STATE_MAINTAINED,
    'Acct-Interim-Interval': config.accountingInterimSeconds,
    ...(acctMultiSessionId !== undefined && { 'Acct-Multi-Session-Id': acctMultiSessionId }),
    ...answer,
    ...profileAvps(effective),
  }
}

function refuse(
  { log, live }: Server,
  avps: Request,
  refusal: Refusal & Pick<Answer, 'MIP-Reg-Reply'>,
): Answer {
  const nai = avps['User-Name']
  const { 'Result-Code': code, 'Error-Message': reason } = refusal
  log.warn(
    { event: 'registration-refused', nai, foreignAgent: avps['Origin-Host'], code, reason },
    `registration of ${nai} refused: ${reason}`,
  )
  live.publish({ kind: 'registration', nai, foreignAgent: avps['Origin-Host'], outcome: 'refused', reason })
  return refusal
}
