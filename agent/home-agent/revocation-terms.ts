/** Whether a registration can be revoked, and in whose name (RFC 3543, section 4). Pure. */
import { findExtension } from '#wire/mobile-ip/extension.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { AgentAssociation } from '../revocation/agent-association.ts'
import type { RevocableRegistration } from '../revocation/revocations.ts'
import type { MobileHomeAssociation } from './mobility-binding.ts'

/** What both ends agreed on. */
export interface RevocationTerms
  extends Required<Pick<RevocableRegistration, 'inform' | 'association' | 'authentication'>> {
  /** Of the other end's Revocation Support extension. */
  timestampSeconds: number
}

/**
 * The other end has to offer it, and to share a key: the foreign agent, or a co-located node that registers by itself. Undefined: the
 * registration just ends.
 */
export function revocationTerms(
  { extensions, flags }: RegistrationRequest,
  { fromMobileNode, toMobileNode }: MobileHomeAssociation,
  foreignAgent: AgentAssociation | undefined,
  isFromNode: boolean,
): RevocationTerms | undefined {
  const support = findExtension(extensions, 'revocation-support')
  if (!support) return undefined
  const agreed = { timestampSeconds: support.timestampSeconds, inform: support.flags.inform }
  if (foreignAgent)
    return { ...agreed, association: foreignAgent, authentication: 'foreign-home-authentication' }
  if (!isFromNode || !flags.decapsulationByMobileNode) return undefined
  return {
    ...agreed,
    inform: false,
    association: { incoming: fromMobileNode, outgoing: toMobileNode },
    authentication: 'mobile-home-authentication',
  }
}
