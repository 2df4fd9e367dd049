/** A visit that the home server announces while its registration waits: the kernel is set before the home agent switches. */
import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import { type Ipv4Address, unspecifiedAddress } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import type { AnswerBody } from '#diameter/handler.ts'
import { sameIdentity } from '#diameter/local-identity.ts'
import type { Avps } from '#wire/diameter/avps.ts'
import { decodePreviousVisit, type PreviousVisit } from '#wire/diameter/handover.ts'
import { WireError } from '#wire/wire-error.ts'
import { readProfile, refusal, success } from '../authorized-session/profile-installation.ts'
import { DatapathError } from '../datapath/datapath-error.ts'
import type { ForwardOrders } from './forward-orders.ts'
import { type ForeignAgentOffer, namesHomeAgent, realmOf } from './request-checks.ts'
import { visitTunnel } from './visit-tunnel.ts'
import type { PendingRegistration } from './visitor-list.ts'
import type { Visits } from './visits.ts'

type Request = Avps<'QoS-Install', 'request'>
type Answer = AnswerBody<'QoS-Install'>

/** The previous agent is told a little later than this one, and at worst once more after a second. */
const marginMilliseconds = 2000

export interface VisitProvisionParts {
  realm: string
  offer: Pick<ForeignAgentOffer, 'address' | 'careOfAddress'>
  visits: Visits
  forwardOrders: Pick<ForwardOrders, 'send'>
  clock: Clock
  log: Log
}

export class VisitProvision {
  readonly #parts: VisitProvisionParts
  /** What the previous agents were told, by the session of the visit to come. */
  readonly #ordered = new Map<string, NonNullable<PreviousVisit['session']>>()

  constructor(parts: VisitProvisionParts) {
    this.#parts = parts
  }

  /**
   * Answers the QoS-Install-Request for a registration under way with what the kernel holds then. The previous agent, where it is of this
   * realm, is told to forward at once.
   */
  async receive(avps: Request, pending: PendingRegistration): Promise<Answer> {
    const { visits, clock, log, offer, realm, forwardOrders } = this.#parts
    const { nai, request, from, sessionId = '' } = pending
    const announced = readAnnouncement(avps)
    if ('Result-Code' in announced) return announced
    const { homeAddress, homeAgent, profile, previous } = announced
    if (!sameIdentity(avps['Origin-Realm'], realmOf(nai)) || request.lifetimeSeconds === 0)
      return refusal('unknownSessionId', `no session ${sessionId} is served here`)
    const isOther = (asked: Ipv4Address, said: Ipv4Address) => asked !== unspecifiedAddress && asked !== said
    if (isOther(request.homeAddress, homeAddress))
      return refusal('authorizationRejected', `the node asks for home address ${request.homeAddress}`)
    if (namesHomeAgent(request) && request.homeAgent !== homeAgent)
      return refusal('authorizationRejected', `the node asks for home agent ${request.homeAgent}`)
    if (previous?.careOfAddress === offer.careOfAddress)
      return refusal('invalidAvpValue', 'the previous visit is one of this agent')
    if (previous?.session && !sameIdentity(previous.session.realm, realm))
      return refusal('invalidAvpValue', `the previous visit is in realm ${previous.session.realm}`)
    return visits.turns.take(nai, async () => {
      if (pending.decided) return refusal('unknownSessionId', `session ${sessionId} has just ended here`)
      const holder = visits.visitors.withHomeAddress(homeAddress)
      if (holder && holder.nai !== nai)
        return refusal('authorizationRejected', `the home address is that of ${holder.nai}`)
      const about = { event: 'handover', nai, homeAddress, revision: profile.revision }
      try {
        const held = await visits.moves.provision({
          nai,
          sessionId,
          homeAddress,
          homeAgent,
          linkAddress: from.sourceLinkAddress,
          tunnel: visitTunnel(request, { extensions: [] }, offer.address),
          profile,
          ...(previous && {
            previous: {
              careOfAddress: previous.careOfAddress,
              untilMilliseconds: clock.now() + previous.milliseconds + marginMilliseconds,
            },
          }),
        })
        log.info(
          { ...about, previous: previous?.careOfAddress },
          'the kernel is set for a node that moves here',
        )
        // The home server may have given up waiting meanwhile.
        if (previous?.session && !pending.decided) {
          this.#ordered.set(sessionId, previous.session)
          forwardOrders.send(nai, previous.session, previous.milliseconds)
        }
        return success(held, visits.moves.report(nai))
      } catch (error) {
        if (!(error instanceof DatapathError)) throw error
        const reason = describeError(error)
        log.error({ ...about, reason }, 'the kernel refused a node that moves here')
        return refusal('unableToComply', reason)
      }
    })
  }

  /**
   * The home server has decided, or is not waited for any more. Without a visit in this session nothing of it stays: the kernel is as
   * before, and the previous agent serves the node again, if that is still there.
   */
  async conclude({ nai, sessionId = '' }: PendingRegistration): Promise<void> {
    const { visits, log, forwardOrders } = this.#parts
    const previous = this.#ordered.get(sessionId)
    this.#ordered.delete(sessionId)
    if (visits.visitors.withSession(sessionId)) return
    if (previous) forwardOrders.send(nai, previous, 0)
    try {
      await visits.turns.take(nai, () => visits.moves.withdraw(nai, sessionId))
    } catch (error) {
      log.error(
        { event: 'handover', nai, reason: describeError(error) },
        'a part of a visit that did not begin is left',
      )
    }
  }
}

function readAnnouncement(avps: Request) {
  const homeAddress = avps['MIP-Mobile-Node-Address']
  const homeAgent = avps['MIP-Home-Agent-Address']
  if (homeAddress === undefined || homeAgent === undefined)
    return refusal('missingAvp', 'MIP-Mobile-Node-Address or MIP-Home-Agent-Address is missing')
  const profile = readProfile(avps)
  if ('Result-Code' in profile) return profile
  try {
    const visit = avps['Previous-Visit']
    return { homeAddress, homeAgent, profile, previous: visit && decodePreviousVisit(visit) }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return refusal('invalidAvpValue', describeError(error))
  }
}
