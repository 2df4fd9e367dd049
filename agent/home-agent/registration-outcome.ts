import type { Ipv4Address } from '#core/ipv4.ts'
import type { AgentAssociation } from '../revocation/agent-association.ts'
import type { MobilityBinding } from './mobility-binding.ts'
import type { RegistrationDecision } from './registration.ts'

/** How an authentic request came, beside what it says itself. */
export interface RequestOrigin {
  /** With the foreign agent that vouches for its extensions. */
  foreignAgent?: AgentAssociation | undefined
  /** The association is new: to be kept once the node is bound. */
  isNewForeignAgent?: boolean
  /** The foreign agent should have vouched, and has not. */
  foreignAgentFailed?: boolean
  /** From where the node itself has sent it. */
  nodeSource?: Ipv4Address | undefined
  /** The source is the home address: the node is on the home link. */
  isAtHome?: boolean
}

export interface RegistrationOutcome {
  decision: RegistrationDecision
  /** As it stands afterwards. */
  binding?: MobilityBinding
  /** Why the kernel refused, with reply code 130. */
  kernelReason?: string
}
