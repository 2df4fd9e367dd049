/** Binding Requests (draft-ietf-mobileip-optim-11, section 4.2): where is the node to which packets go by its home agent? */
import type { Clock } from '#core/clock.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { registrationPort } from '#wire/mobile-ip/registration.ts'
import { IdentificationSource } from '../mobile-node/identification-source.ts'
import type { Endpoint } from '../revocation/revocations.ts'
import { sealedMessage } from '../route-optimization/binding-message.ts'
import { isWithin } from '../route-optimization/network.ts'
import type { TrustedHomeAgent } from './binding-updates.ts'

export interface BindingRequestsParts {
  homeAgents: ReadonlyMap<Ipv4Address, TrustedHomeAgent>
  isBound(homeAddress: Ipv4Address): boolean
  send(bytes: Buffer, to: Endpoint): void
  random32(): number
  clock: Clock
  log: Log
}

/** A node that is at home, or nowhere, is asked for again after a second, and then after pauses that double. */
const pause = { firstMilliseconds: 1000, longestMilliseconds: 16_000 } as const
const rememberedNodes = 4096
/** Of all nodes together: who sends to every address of a home network does not have us flood its home agent. */
const requestsPerSecond = 50

interface Asked {
  atMilliseconds: number
  pauseMilliseconds: number
}

export class BindingRequests {
  readonly #parts: BindingRequestsParts
  readonly #identifications: IdentificationSource
  /** The one asked for longest ago comes first. */
  readonly #asked = new Map<Ipv4Address, Asked>()
  #second = { startMilliseconds: 0, requests: 0 }

  constructor(parts: BindingRequestsParts) {
    this.#parts = parts
    this.#identifications = new IdentificationSource(parts.clock, parts.random32)
  }

  /** A packet for this address has left by the ordinary way. */
  seen(destination: Ipv4Address): void {
    const { homeAgents, isBound } = this.#parts
    // What still waited in a queue when the binding came is none of the home agent's any more.
    if (homeAgents.has(destination) || isBound(destination) || !this.#mayAsk(destination)) return
    for (const homeAgent of homeAgents.values())
      if (isWithin(destination, homeAgent.networks)) this.#ask(destination, homeAgent)
  }

  /** Where a node is was told: should its packets go by the home agent again, that is a new question. */
  bound(homeAddress: Ipv4Address): void {
    this.#asked.delete(homeAddress)
  }

  #mayAsk(homeAddress: Ipv4Address): boolean {
    const now = this.#parts.clock.now()
    const { firstMilliseconds, longestMilliseconds } = pause
    const former = this.#asked.get(homeAddress)
    if (former && now < former.atMilliseconds + former.pauseMilliseconds) return false
    if (now >= this.#second.startMilliseconds + 1000) this.#second = { startMilliseconds: now, requests: 0 }
    if (this.#second.requests++ >= requestsPerSecond) return false
    const pauseMilliseconds = former
      ? Math.min(2 * former.pauseMilliseconds, longestMilliseconds)
      : firstMilliseconds
    this.#asked.delete(homeAddress)
    this.#asked.set(homeAddress, { atMilliseconds: now, pauseMilliseconds })
    const [oldest] = this.#asked.keys()
    if (this.#asked.size > rememberedNodes && oldest !== undefined) this.#asked.delete(oldest)
    return true
  }

  #ask(homeAddress: Ipv4Address, { address, association }: TrustedHomeAgent): void {
    const { send, log } = this.#parts
    const identification = this.#identifications.next()
    log.debug({ event: 'binding-request', homeAddress, homeAgent: address }, 'Binding Request sent')
    send(
      sealedMessage({ type: 'binding-request', homeAddress, identification, extensions: [] }, association),
      { address, port: registrationPort },
    )
  }
}
