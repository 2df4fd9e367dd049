/**
 * The service profile change request between the foreign agents of a move: the previous one sends the node's packets after it, for a time.
 * A help for what is in flight, never a condition of the registration.
 */
import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { type AnswerBody, isSuccess, type RequestContext } from '#diameter/handler.ts'
import { sameIdentity } from '#diameter/local-identity.ts'
import type { DiameterNode } from '#diameter/node.ts'
import { requestTwice } from '#diameter/repeated-request.ts'
import type { Avps } from '#wire/diameter/avps.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { decodeNextVisit, encodeNextVisit, type PreviousVisit } from '#wire/diameter/handover.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { WireError } from '#wire/wire-error.ts'
import { refusal } from '../authorized-session/profile-installation.ts'
import { DatapathError } from '../datapath/datapath-error.ts'
import type { VisitorEntry } from './visitor-list.ts'
import type { Visits } from './visits.ts'

type Request = Avps<'QoS-Install', 'request'>

/** An order that nobody has answered until then is sent once more. */
const patienceMilliseconds = 1000

export interface ForwardOrdersParts {
  realm: string
  /** Addresses of this agent itself. */
  ownAddresses: readonly Ipv4Address[]
  careOfAddress: Ipv4Address
  diameter: Pick<DiameterNode, 'request' | 'sessionId'>
  visits: Pick<Visits, 'visitors' | 'turns' | 'moves'>
  clock: Clock
  log: Log
}

export class ForwardOrders {
  readonly #parts: ForwardOrdersParts
  /** The latest order about each session; an older one is not repeated. */
  readonly #latest = new Map<string, symbol>()

  constructor(parts: ForwardOrdersParts) {
    this.#parts = parts
  }

  /** Has the previous agent of this realm send a node's packets here; 0 milliseconds: no longer. Nothing waits for the outcome. */
  send(nai: string, session: NonNullable<PreviousVisit['session']>, milliseconds: number): void {
    const { careOfAddress, diameter, log } = this.#parts
    const { sessionId, realm, host } = session
    const about = { event: 'handover', nai, previous: host, milliseconds }
    const order = Symbol(sessionId)
    this.#latest.set(sessionId, order)
    const isLatest = (): boolean => this.#latest.get(sessionId) === order
    const request = {
      'Session-Id': diameter.sessionId(),
      'Destination-Realm': realm,
      'Destination-Host': host,
      'Auth-Request-Type': dictionary['Auth-Request-Type'].values.AUTHORIZE_AUTHENTICATE,
      'User-Name': nai,
      'Bound-Auth-Session-Id': sessionId,
      'Next-Visit': encodeNextVisit({ careOfAddress, milliseconds }),
    }
    requestTwice(diameter, 'QoS-Install', request, patienceMilliseconds, isLatest)
      .then(
        (answer) => {
          if (isSuccess(answer)) log.debug(about, 'the previous agent forwards')
          else
            log.info(
              { ...about, resultCode: answer.avps['Result-Code'] },
              'the previous agent does not forward',
            )
        },
        (error: unknown) =>
          log.warn({ ...about, reason: describeError(error) }, 'the previous agent was not told to forward'),
      )
      .finally(() => {
        if (isLatest()) this.#latest.delete(sessionId)
      })
  }

  /** Answers an order of the node's next agent, or of the home server in its place. */
  async receive(avps: Request, { peer }: RequestContext): Promise<AnswerBody<'QoS-Install'>> {
    const { visits, clock, log, ownAddresses } = this.#parts
    const { 'Bound-Auth-Session-Id': sessionId, 'Next-Visit': order } = avps
    if (sessionId === undefined || order === undefined)
      return refusal('missingAvp', 'Bound-Auth-Session-Id is missing')
    const next = readNextVisit(order)
    if ('Result-Code' in next) return next
    const visitor = visits.visitors.withSession(sessionId)
    if (!visitor) return unknown(sessionId)
    const { nai, homeAddress, homeAgent } = visitor
    if (!this.#isBelieved(visitor, avps, peer)) {
      log.warn(
        { event: 'handover', nai, origin: avps['Origin-Host'], realm: avps['Origin-Realm'], peer },
        'somebody without a say in the visit wants its packets forwarded',
      )
      return unknown(sessionId)
    }
    const { careOfAddress, milliseconds } = next
    if ([...ownAddresses, homeAddress, homeAgent].includes(careOfAddress))
      return refusal('invalidAvpValue', `packets forwarded to ${careOfAddress} would come back`)
    return visits.turns.take(nai, async () => {
      const served = visits.visitors.withSession(sessionId)
      // A node that comes back has overtaken the order.
      if (!served || visits.moves.provisionOf(nai)) return unknown(sessionId)
      // Only who had the packets may give them up.
      if (milliseconds === 0 && served.next?.careOfAddress !== careOfAddress) return success
      try {
        const untilMilliseconds = clock.now() + milliseconds
        await visits.moves.redirect(
          served,
          milliseconds === 0 ? undefined : { careOfAddress, untilMilliseconds },
        )
      } catch (error) {
        if (!(error instanceof DatapathError)) throw error
        const reason = describeError(error)
        log.error({ event: 'handover', nai, careOfAddress, reason }, 'the kernel does not forward')
        return refusal('unableToComply', reason)
      }
      log.info(
        { event: 'handover', nai, careOfAddress, milliseconds },
        'packets of a visitor that moves are forwarded',
      )
      return success
    })
  }

  /**
   * The visitor's home realm has a say, and the agents of this realm. Route-Record is written by our own server: what comes from elsewhere
   * in the name of an agent of ours has another one.
   */
  #isBelieved({ nai, session }: VisitorEntry, avps: Request, peer: string): boolean {
    const { 'Origin-Host': host, 'Origin-Realm': realm, 'Route-Record': hops = [] } = avps
    // An agent orders for a node of its own, with the session that the home server of that node names: any session.
    if (avps['User-Name'] !== nai) return false
    if (!sameIdentity(realm, this.#parts.realm)) return sameIdentity(realm, session.server.realm)
    const [sender = peer, ...others] = hops
    return sameIdentity(sender, host) && others.length === 0
  }
}

const success = { 'Result-Code': resultCode.success } as const

function unknown(sessionId: string) {
  return refusal('unknownSessionId', `no session ${sessionId} is served here`)
}

function readNextVisit(avp: NonNullable<Request['Next-Visit']>) {
  try {
    return decodeNextVisit(avp)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return refusal('invalidAvpValue', describeError(error))
  }
}
