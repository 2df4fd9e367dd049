import type { AnswerBody } from '#diameter/handler.ts'
import { sameIdentity } from '#diameter/local-identity.ts'
import type { AvpValue } from '#wire/diameter/avps.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import type { RequestMessage } from '#wire/diameter/message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import type { RevisedProfile } from '../database/service-control-database.ts'
import { signal } from './event-signals.ts'
import { profileAvps } from './profile-transfer.ts'
import type { Server } from './server.ts'

type Answer = AnswerBody<'QoS-Authorization'>
type FilterRule = AvpValue<'Filter-Rule'>

const semantics = dictionary['QoS-Semantics'].values
const directions = dictionary.Direction.values

/**
 * Answers a QoS-Authorization-Request (RFC 5866, section 4): an agent of an open mobile session, which Bound-Auth-Session-Id names, asks
 * for resources of flows towards the node. Together they have to fit into what the profile grants, or a condition has to say what
 * becomes of more; then they are granted as asked.
 * Without resources it asks what the profile is.
 */
export async function handleQosAuthorization(
  server: Server,
  { avps }: RequestMessage<'QoS-Authorization'>,
): Promise<Answer> {
  const { database, clock, log } = server
  const node = avps['Origin-Host']
  const bound = avps['Bound-Auth-Session-Id']
  const session = bound === undefined ? undefined : await database.session(bound)
  const nai = avps['User-Name'] ?? session?.nai
  if (session?.state !== 'open' || !sameIdentity(session.node, node) || session.nai !== nai) {
    log.warn(
      { event: 'unknown-session', sessionId: bound, node },
      `${node} asks for a session that it does not have`,
    )
    return { 'Result-Code': resultCode.unknownSessionId }
  }
  const effective = await database.effective(session.nai)
  const rules = (avps['QoS-Resources'] ?? []).flatMap((resources) => resources['Filter-Rule'])
  const excess = await excessOf(server, session.nai, effective, rules)
  if (excess !== undefined) {
    log.warn(
      { event: 'resources-refused', nai, node, reason: excess },
      `resources for ${nai} refused: ${excess}`,
    )
    return { 'Result-Code': resultCode.authorizationRejected, 'Error-Message': excess }
  }
  const lifetimeSeconds = Math.max(0, Math.floor((session.authorizedUntil - clock.now()) / 1000))
  const { acctMultiSessionId } = session
  log.info({ event: 'resources-granted', nai, node, rules: rules.length }, `resources for ${nai} granted`)
  return {
    'Result-Code': resultCode.success,
    'Authorization-Lifetime': lifetimeSeconds,
    ...(acctMultiSessionId !== undefined && { 'Acct-Multi-Session-Id': acctMultiSessionId }),
    ...(rules.length > 0 ? { 'QoS-Resources': granted(rules) } : profileAvps(effective)),
  }
}

/**
 * Why the rules cannot be granted, naming the limit; undefined when they can. A request that goes beyond the profile is
 * an event signal: a condition may upgrade the profile, or charge for what was asked.
 */
async function excessOf(
  server: Server,
  nai: string,
  { profile }: RevisedProfile,
  rules: readonly FilterRule[],
): Promise<string | undefined> {
  const demand = demandOf(rules, profile)
  if (typeof demand === 'string') return demand
  const limit = profile.class.downlink.ceil
  if (demand <= limit) return undefined
  const reason = `${demand} bit/s were asked for, profile ${profile.name} grants ${limit} bit/s`
  if (demand > greatestRate) return reason
  const requested = { 'class.downlink.ceil': Math.ceil(demand) }
  const { settled, answer } = await signal(server, nai, {
    kind: 'authorization-request',
    requested,
    beyondGrant: true,
  })
  if (!settled || !answer || answer.outcome === 'refuse') return reason
  const { name, class: changed } = settled.effective.profile
  if (demand > changed.downlink.ceil)
    return `${demand} bit/s were asked for, profile ${name} grants ${changed.downlink.ceil} bit/s`
  server.log.info(
    { event: 'resources-beyond-grant', nai, requested, condition: answer.condition, outcome: answer.outcome },
    `${nai} is granted ${demand} bit/s: ${answer.outcome}`,
  )
  return undefined
}

/** Of what a link could have, in bits per second: what is above is never an upgrade. */
const greatestRate = 1e12

/** All rules together, in bits per second, or why that cannot be said. */
function demandOf(rules: readonly FilterRule[], { name }: RevisedProfile['profile']): number | string {
  let total = 0
  for (const { Classifier: classifier, 'QoS-Parameters': parameters } of rules) {
    if (classifier && classifier.Direction !== directions.OUT)
      return `profile ${name} grants the downlink only: Direction OUT`
    const rate = rateOf(parameters)
    if (rate === undefined) return 'a rule names no usable rate, by TMOD-1 or Bandwidth'
    total += rate
  }
  return total
}

/** The greatest that a rule can ask for, in bits per second; undefined when that is no number. */
function rateOf(parameters: FilterRule['QoS-Parameters']): number | undefined {
  const { 'TMOD-1': bucket, Bandwidth: bandwidth } = parameters ?? {}
  const octets = [bandwidth, bucket?.['Token-Rate'], bucket?.['Peak-Traffic-Rate']].filter(
    (each) => each !== undefined,
  )
  return octets.length > 0 && octets.every((each) => each >= 0) ? Math.max(...octets) * 8 : undefined
}

function granted(rules: readonly FilterRule[]): AvpValue<'QoS-Resources'>[] {
  return [{ 'Filter-Rule': rules.map((rule) => ({ ...rule, 'QoS-Semantics': semantics['QoS-Authorized'] })) }]
}
