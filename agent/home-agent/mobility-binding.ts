import type { Ipv4Address } from '#core/ipv4.ts'
import type { ServiceProfile } from '#wire/diameter/service-profile.ts'
import type { MobilitySecurityAssociation } from '#wire/mobile-ip/authentication.ts'
import type { AuthorizedSession } from '../authorized-session/authorized-session.ts'
import type { Tunnel } from '../datapath/footprint.ts'
import type { StoredMap } from '../state-store/stored-map.ts'
import type { ReplayMethod } from './replay-protection.ts'
import type { RevocationTerms } from './revocation-terms.ts'

/** What node and home agent share: one key, and per direction the SPI that the receiver chose (RFC 4004, section 9). */
export interface MobileHomeAssociation {
  fromMobileNode: MobilitySecurityAssociation
  toMobileNode: MobilitySecurityAssociation
  replay: ReplayMethod
}

/** For whom and in which session a home agent may bind, as the home server says. */
export interface BindingGrant {
  nai: string
  homeAddress: Ipv4Address
  association: MobileHomeAssociation
  /** The Diameter session between home server and home agent; it outlives every move. */
  session: AuthorizedSession
  /** This agent has opened the session: the node has registered without a foreign agent. */
  isCoLocated?: true
  profile: ServiceProfile
}

/** One of the places where a node is (RFC 5944, section 3.8.1). */
export interface CareOfBinding {
  careOfAddress: Ipv4Address
  tunnel: Tunnel
  /** What comes out of the tunnel with the home address as source is forwarded (RFC 3024). */
  reverseTunnel: boolean
  expiresAtMilliseconds: number
  revocation?: RevocationTerms
}

/** The last registered comes first; more than one only where the node asked for simultaneous bindings. */
export type CareOfBindings = readonly [CareOfBinding, ...CareOfBinding[]]

/** A home agent's row: where a mobile node is, and by whose leave (RFC 5944, section 1.6). */
export interface MobilityBinding extends BindingGrant {
  careOf: CareOfBindings
  /** Of the last accepted registration. */
  identification: bigint
}

/** All bindings of a home agent, one row for each node, those of a former process too. What changes is staged for the disk. */
export class BindingList {
  readonly #kept: StoredMap<MobilityBinding>
  readonly #byNai = new Map<string, MobilityBinding>()
  readonly #byHomeAddress = new Map<Ipv4Address, MobilityBinding>()
  readonly #bySession = new Map<string, MobilityBinding>()

  constructor(kept: StoredMap<MobilityBinding>) {
    this.#kept = kept
    for (const [, binding] of kept.entries()) this.#add(binding)
  }

  of(nai: string): MobilityBinding | undefined {
    return this.#byNai.get(nai)
  }

  withHomeAddress(homeAddress: Ipv4Address): MobilityBinding | undefined {
    return this.#byHomeAddress.get(homeAddress)
  }

  withSession(sessionId: string): MobilityBinding | undefined {
    return this.#bySession.get(sessionId)
  }

  all(): IteratorObject<MobilityBinding> {
    return this.#byNai.values()
  }

  /** Puts a binding in place of the node's former one. */
  set(binding: MobilityBinding): void {
    this.#drop(binding.nai)
    this.#add(binding)
    this.#kept.set(binding.nai, binding)
  }

  delete(nai: string): void {
    this.#drop(nai)
    this.#kept.delete(nai)
  }

  #add(binding: MobilityBinding): void {
    this.#byNai.set(binding.nai, binding)
    this.#byHomeAddress.set(binding.homeAddress, binding)
    this.#bySession.set(binding.session.sessionId, binding)
  }

  #drop(nai: string): void {
    const binding = this.#byNai.get(nai)
    if (!binding) return
    this.#byNai.delete(nai)
    this.#byHomeAddress.delete(binding.homeAddress)
    this.#bySession.delete(binding.session.sessionId)
  }
}
