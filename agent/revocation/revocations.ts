/** Registration revocation between agents (RFC 3543, sections 3.3, 3.4 and 4): one end of a registration ends it at the other. */
import type { Clock, Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import type { MobilitySecurityAssociation } from '#wire/mobile-ip/authentication.ts'
import { sealExtension } from '#wire/mobile-ip/authentication.ts'
import {
  decodeMobileIpMessage,
  encodeMobileIpMessage,
  type MobileIpMessageOf,
} from '#wire/mobile-ip/message.ts'
import { registrationPort } from '#wire/mobile-ip/registration.ts'
import { verifyRevocation } from '#wire/mobile-ip/revocation.ts'
import { WireError } from '#wire/wire-error.ts'
import type { AgentAssociation, AgentAssociations } from './agent-association.ts'
import { isLater, revocationTimestamp } from './revocation-support.ts'

export type Revocation = MobileIpMessageOf<'registration-revocation'>
type Acknowledgment = MobileIpMessageOf<'registration-revocation-acknowledgment'>

export interface Endpoint {
  address: Ipv4Address
  port: number
}

/** A registration that one end can end at the other, as both agreed by the Revocation Support extension. */
export interface RevocableRegistration {
  homeAddress: Ipv4Address
  /** Of the home agent. */
  homeDomainAddress: Ipv4Address
  /** The care-of address. */
  foreignDomainAddress: Ipv4Address
  /** Bit I: the node is to be told. Only where both ends agreed on it. */
  inform: boolean
  association: Pick<AgentAssociation, 'incoming' | 'outgoing'>
  /** Who vouches; a co-located node that registered by itself is revoked by Mobile-Home. */
  authentication?: 'foreign-home-authentication' | 'mobile-home-authentication'
  /** Its natural end: nothing is sent afterwards. */
  expiresAtMilliseconds: number
}

/** A registration that the other end may end, as the receiver of a revocation finds it. */
export interface RevokedRegistration {
  /** Of the other end's Revocation Support extension in the registration: an earlier revocation is a replay. */
  timestampSeconds: number
  /** Ends it. Whether the mobile node was, or is to be told. */
  end(): Promise<{ inform: boolean }>
}

export interface RevocationParts {
  role: 'home-agent' | 'foreign-agent'
  associations: AgentAssociations
  send(bytes: Buffer, to: Endpoint): void
  /** The registration that an authentic revocation names, if there is one. */
  find(revocation: Revocation): RevokedRegistration | undefined
  clock: Clock
  log: Log
}

/** The first repetition comes after a second, each next one after twice the time (section 4). */
const retransmission = { firstMilliseconds: 1000, transmissions: 7 } as const

interface Pending {
  registration: RevocableRegistration
  /** Of all transmissions: any of them may be acknowledged. */
  identifiers: number[]
  timer?: Timer
}

export class Revocations {
  readonly #parts: RevocationParts
  readonly #pending = new Map<string, Pending>()

  constructor(parts: RevocationParts) {
    this.#parts = parts
  }

  /** Registrations whose other end has not acknowledged yet. */
  get pending(): number {
    return this.#pending.size
  }

  /** Tells the other end, until it acknowledges, the registration would have ended by itself, or it has been told often enough. */
  revoke(registration: RevocableRegistration): void {
    const key = this.#keyOf(registration.homeAddress, this.#otherEnd(registration))
    this.#pending.get(key)?.timer?.cancel()
    const pending: Pending = { registration, identifiers: [] }
    this.#pending.set(key, pending)
    this.#transmit(key, pending)
  }

  /**
   * Takes a message that came to port 434. Whether it was one of the two of this protocol; whatever is wrong with it is discarded
   * silently (section 4).
   */
  receive(bytes: Buffer, from: Endpoint): boolean {
    const message = decode(bytes)
    if (message?.type === 'registration-revocation') {
      this.#receiveRevocation(bytes, message, from).catch((error: unknown) =>
        this.#parts.log.error(
          { event: 'revocation', homeAddress: message.homeAddress, reason: describeError(error) },
          'a revoked registration was not ended',
        ),
      )
      return true
    }
    if (message?.type !== 'registration-revocation-acknowledgment') return false
    this.#receiveAcknowledgment(bytes, message, from)
    return true
  }

  close(): void {
    for (const { timer } of this.#pending.values()) timer?.cancel()
    this.#pending.clear()
  }

  #transmit(key: string, pending: Pending): void {
    const { role, clock, log, send } = this.#parts
    const { registration, identifiers } = pending
    const { homeAddress, homeDomainAddress, foreignDomainAddress, inform, association } = registration
    const about = { event: 'revocation', homeAddress, careOfAddress: foreignDomainAddress }
    if (
      clock.now() >= registration.expiresAtMilliseconds ||
      identifiers.length >= retransmission.transmissions
    ) {
      this.#pending.delete(key)
      log.warn({ ...about, transmissions: identifiers.length }, 'a revocation was not acknowledged')
      return
    }
    const revocationIdentifier = revocationTimestamp(clock.now())
    const { authentication = 'foreign-home-authentication' } = registration
    const message = encodeMobileIpMessage({
      type: 'registration-revocation',
      flags: { fromHomeAgent: role === 'home-agent', inform },
      homeAddress,
      homeDomainAddress,
      foreignDomainAddress,
      revocationIdentifier,
      extensions: [],
    })
    const address = this.#otherEnd(registration)
    send(sealExtension(message, authentication, association.outgoing), { address, port: registrationPort })
    log.debug({ ...about, to: address }, 'revocation sent')
    const wait = retransmission.firstMilliseconds * 2 ** identifiers.length
    identifiers.push(revocationIdentifier)
    pending.timer = clock.after(wait, () => this.#transmit(key, pending))
  }

  #receiveAcknowledgment(bytes: Buffer, message: Acknowledgment, from: Endpoint): void {
    const { homeAddress, revocationIdentifier, flags } = message
    const key = this.#keyOf(homeAddress, from.address)
    const pending = this.#pending.get(key)
    if (!pending?.identifiers.includes(revocationIdentifier)) {
      this.#discard(from, homeAddress, 'nothing of it was revoked')
      return
    }
    const { association, authentication = 'foreign-home-authentication' } = pending.registration
    if (!verifyRevocation(bytes, message.extensions, authentication, association.incoming)) {
      this.#discard(from, homeAddress, 'the acknowledgment is not authentic')
      return
    }
    pending.timer?.cancel()
    this.#pending.delete(key)
    this.#parts.log.info(
      { event: 'revocation', homeAddress, from: from.address, informed: flags.inform },
      'revocation acknowledged',
    )
  }

  async #receiveRevocation(bytes: Buffer, revocation: Revocation, from: Endpoint): Promise<void> {
    const { role, find, log } = this.#parts
    const { homeAddress, flags, revocationIdentifier } = revocation
    const association = this.#vouching(bytes, revocation, from.address)
    if (!association) return this.#discard(from, homeAddress, 'the revocation is not authentic')
    if (flags.fromHomeAgent === (role === 'home-agent'))
      return this.#discard(from, homeAddress, 'the revocation of this agent itself, reflected')
    const sender = flags.fromHomeAgent ? revocation.homeDomainAddress : revocation.foreignDomainAddress
    if (sender !== from.address)
      return this.#discard(from, homeAddress, `the revocation is that of ${sender}`)
    const registration = find(revocation)
    if (registration && !isLater(revocationIdentifier, registration.timestampSeconds))
      return this.#discard(from, homeAddress, 'the revocation is older than the registration')
    // What is not there any more is acknowledged as well: the first acknowledgment may be lost.
    const inform = registration ? (await registration.end()).inform : false
    if (registration)
      log.info(
        { event: 'revocation', homeAddress, from: from.address },
        'registration revoked by the other end',
      )
    this.#acknowledge({ homeAddress, revocationIdentifier, inform }, association.outgoing, from)
  }

  #acknowledge(
    { inform, ...copied }: { homeAddress: Ipv4Address; revocationIdentifier: number; inform: boolean },
    association: MobilitySecurityAssociation,
    to: Endpoint,
  ): void {
    const message = encodeMobileIpMessage({
      type: 'registration-revocation-acknowledgment',
      flags: { inform },
      ...copied,
      extensions: [],
    })
    this.#parts.send(sealExtension(message, 'foreign-home-authentication', association), to)
  }

  #vouching(bytes: Buffer, { extensions }: Revocation, sender: Ipv4Address): AgentAssociation | undefined {
    const proof = extensions.find(({ kind }) => kind === 'foreign-home-authentication')
    if (proof?.kind !== 'foreign-home-authentication') return undefined
    const association = this.#parts.associations.withIncomingSpi(sender, proof.spi)
    return association && verifyRevocation(bytes, extensions, proof.kind, association.incoming)
      ? association
      : undefined
  }

  #otherEnd({ homeDomainAddress, foreignDomainAddress }: RevocableRegistration): Ipv4Address {
    return this.#parts.role === 'home-agent' ? foreignDomainAddress : homeDomainAddress
  }

  #keyOf(homeAddress: Ipv4Address, otherEnd: Ipv4Address): string {
    return `${homeAddress} ${otherEnd}`
  }

  #discard(from: Endpoint, homeAddress: Ipv4Address, reason: string): void {
    this.#parts.log.debug(
      { event: 'revocation-discarded', from: from.address, homeAddress, reason },
      'revocation message discarded',
    )
  }
}

function decode(bytes: Buffer) {
  try {
    return decodeMobileIpMessage(bytes)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return undefined
  }
}
