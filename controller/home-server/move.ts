/**
 * A node comes from another foreign agent. The new one is set up before the home agent switches, and the previous one sends what is in
 * flight after the node, for a time. Whatever becomes of these, the registration goes on, but for an agent that cannot serve the node.
 */
import { describeError } from '#core/error.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import { isSuccess } from '#diameter/handler.ts'
import { sameIdentity } from '#diameter/local-identity.ts'
import { requestTwice } from '#diameter/repeated-request.ts'
import type { Avps } from '#wire/diameter/avps.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { encodeNextVisit, encodePreviousVisit } from '#wire/diameter/handover.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import type { InstallationOutcome, Session } from '../database/service-control-database.ts'
import type { Admission, Refusal } from './admission.ts'
import type { AuthenticRequest } from './authentication.ts'
import { readDatapathReport } from './datapath-reports.ts'
import { installRequest, mismatch } from './profile-transfer.ts'
import type { Server } from './server.ts'

type Request = Avps<'AA-Mobile-Node', 'request'>

/** An agent does this in some milliseconds. What it takes is not there for the home agent. */
const shareOfRequestTimeout = 0.3

/** An order to forward that nobody has answered until then is sent once more. */
const forwardPatienceMilliseconds = 1000

/** The previous visit is released when the new foreign agent is set up, which does not have to be in the time of the handover. */
const releasePatienceMilliseconds = 300

/** Results that say that the agent cannot serve this node; with others it may still do so when the answer comes. */
const refusals: readonly number[] = [
  resultCode.unableToComply,
  resultCode.resourcesExceeded,
  resultCode.authorizationRejected,
]

/** What has been done for a registration before the home agent is asked. */
export interface Preparation {
  /** What the new foreign agent has read back. */
  installation?: InstallationOutcome
  /** Of the time that a registration may take. */
  spentMilliseconds: number
  /** The previous foreign agent keeps the visit for so long. */
  releaseMilliseconds: number
  /** The registration has failed: the previous foreign agent keeps the node. */
  takeBack(): void
}

/** The agent gets the profile with the answer. */
function unprepared(spentMilliseconds: number): Preparation {
  return { spentMilliseconds, releaseMilliseconds: releasePatienceMilliseconds, takeBack() {} }
}

/** Sets up the foreign agent that a node moves to, and has the previous one forward. To be called in the subscriber's turn. */
export async function prepareMove(
  server: Server,
  avps: Request,
  { request, subscriber: { nai } }: AuthenticRequest,
  { previous, homeAddress, homeAgent, effective }: Admission,
): Promise<Preparation | Refusal> {
  const { config, diameter, log, live } = server
  const { forwardingSeconds, provisionFirst } = config.handover
  const isMove = previous !== undefined && request.lifetimeSeconds > 0
  if (!isMove || !provisionFirst || homeAddress === undefined || homeAgent.address === undefined)
    return unprepared(0)

  const forwardingMilliseconds = Math.round(forwardingSeconds * 1000)
  const { sessionId, node, realm, address: careOfAddress } = previous
  // With the S bit (RFC 5944, section 3.3) the home agent sends to both care-of addresses.
  const isForwarded = forwardingMilliseconds > 0 && !request.flags.simultaneousBindings
  // Agents of our own realm are our neighbours: between them there is nobody who relays.
  const isOfSameRealm = sameIdentity(realm, avps['Origin-Realm']) && !sameIdentity(realm, config.realm)
  const agent = { sessionId: avps['Session-Id'], nai, node: avps['Origin-Host'], realm: avps['Origin-Realm'] }
  const qosSessionId = diameter.sessionId('qos')
  const sentAt = performance.now()
  const answer = await diameter
    .request(
      'QoS-Install',
      {
        ...installRequest(agent, qosSessionId, effective),
        'MIP-Mobile-Node-Address': homeAddress,
        'MIP-Home-Agent-Address': homeAgent.address,
        ...(isForwarded && {
          'Previous-Visit': encodePreviousVisit({
            careOfAddress,
            milliseconds: forwardingMilliseconds,
            ...(isOfSameRealm && { session: { sessionId, realm, host: node } }),
          }),
        }),
      },
      { timeoutMilliseconds: config.diameter.requestTimeoutSeconds * 1000 * shareOfRequestTimeout },
    )
    .catch((error: unknown) => describeError(error))
  const milliseconds = Math.round((performance.now() - sentAt) * 100) / 100
  const about = { event: 'handover', nai, from: node, to: agent.node, milliseconds }
  if (typeof answer === 'string' || !isSuccess(answer)) {
    const code = typeof answer === 'string' ? undefined : answer.avps['Result-Code']
    const reason = typeof answer === 'string' ? answer : (answer.avps['Error-Message'] ?? 'no reason given')
    log.warn({ ...about, code, reason }, `${agent.node} was not set up before the move: ${reason}`)
    if (code === undefined || !refusals.includes(code)) return unprepared(milliseconds)
    return { 'Result-Code': resultCode.resourcesExceeded, 'Error-Message': `${agent.node}: ${reason}` }
  }
  const { revision } = effective
  const reason = mismatch(effective, answer.avps, 'foreign-agent')
  log.info({ ...about, revision, reason }, `${agent.node} is set up for ${nai}`)
  live.publish({
    kind: 'installation',
    nai,
    node: agent.node.toLowerCase(),
    revision,
    ...(reason === undefined ? { milliseconds } : { failure: reason }),
  })
  const order =
    isForwarded && !isOfSameRealm ? forwardOrder(server, previous, request.careOfAddress) : undefined
  order?.(forwardingMilliseconds)
  return {
    installation: {
      qosSessionId,
      ...(reason === undefined
        ? { applied: { revision, milliseconds } }
        : { failure: { kind: 'refused', reason, revision } }),
      datapath: readDatapathReport(server, agent.node, answer.avps['Datapath-Report']),
    },
    spentMilliseconds: milliseconds,
    releaseMilliseconds: forwardingMilliseconds + releasePatienceMilliseconds,
    takeBack: () => order?.(0),
  }
}

/**
 * Has a previous foreign agent send the node's packets to the next one, or with 0 milliseconds no longer. Where both are of one realm
 * the next one does this.
 */
function forwardOrder(
  { diameter, log }: Server,
  { sessionId, nai, node, realm }: Session,
  careOfAddress: Ipv4Address,
): (milliseconds: number) => void {
  let latest: number | undefined
  return (milliseconds) => {
    latest = milliseconds
    const about = { event: 'handover', nai, previous: node, careOfAddress, milliseconds }
    const order = {
      'Session-Id': diameter.sessionId('qos'),
      'Destination-Realm': realm,
      'Destination-Host': node,
      'Auth-Request-Type': dictionary['Auth-Request-Type'].values.AUTHORIZE_AUTHENTICATE,
      'User-Name': nai,
      'Bound-Auth-Session-Id': sessionId,
      'Next-Visit': encodeNextVisit({ careOfAddress, milliseconds }),
    }
    const isLatest = (): boolean => latest === milliseconds
    requestTwice(diameter, 'QoS-Install', order, forwardPatienceMilliseconds, isLatest).then(
      (answer) => {
        const { 'Result-Code': code } = answer.avps
        if (isSuccess(answer)) log.debug(about, `${node} forwards what is in flight`)
        else log.info({ ...about, code }, `${node} does not forward what is in flight`)
      },
      (error: unknown) =>
        log.warn(
          { ...about, reason: describeError(error) },
          `${node} was not told to forward what is in flight`,
        ),
    )
  }
}
