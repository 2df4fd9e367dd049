/** The keys that a mobile node holds, and what of them goes into a request. */
import { randomInt } from 'node:crypto'
import type { ForeignAgentAssociation, HomeAgentAssociation } from './association.ts'
import type { RequestKeys } from './registration-request.ts'
import type { RequestPlan } from './registration-state.ts'
import type { Associations, ReplyVerdict } from './reply-verification.ts'

/** SPIs up to 255 are reserved (RFC 5944, section 1.6). */
const smallestSpi = 256

export class NodeKeys {
  #homeAgent: HomeAgentAssociation | undefined
  #foreignAgent: ForeignAgentAssociation | undefined
  /** Whether the latest request was proven to the foreign agent, which then has to do the same. */
  #foreignAgentUsed = false

  /** With what a request is proven; keys that it asks for get new SPIs. */
  forRequest({ proof, usesForeignKey, asksForForeignKey }: RequestPlan): Omit<RequestKeys, 'identification'> {
    const homeAgent = proof === 'mn-ha' ? this.#homeAgent : undefined
    const foreignAgent = usesForeignKey ? this.#foreignAgent : undefined
    this.#foreignAgentUsed = foreignAgent !== undefined
    const newSpi = () => randomInt(smallestSpi, 2 ** 32)
    return {
      homeAgent,
      foreignAgent,
      mobileNodeSpi: homeAgent ? undefined : newSpi(),
      mobileNodeForeignSpi: asksForForeignKey ? newSpi() : undefined,
    }
  }

  /** By which the reply to the latest request is verified. */
  get associations(): Associations {
    return {
      homeAgent: this.#homeAgent,
      foreignAgent: this.#foreignAgentUsed ? this.#foreignAgent : undefined,
    }
  }

  /** Puts the keys that an accepted reply has brought into force. */
  take({ offered, offeredForeign }: Extract<ReplyVerdict, { verdict: 'believed' }>): void {
    if (offered) this.#homeAgent = offered.association
    if (offeredForeign) this.#foreignAgent = offeredForeign.association
  }
}
