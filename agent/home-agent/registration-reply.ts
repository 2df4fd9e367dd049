import { sealExtension } from '#wire/mobile-ip/authentication.ts'
import type { Extension } from '#wire/mobile-ip/extension.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import { encodeRegistration } from '#wire/mobile-ip/registration.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { MobileHomeAssociation } from './mobility-binding.ts'
import type { RegistrationDecision } from './registration.ts'

/** From which a node derives its key with the home agent (RFC 3957, section 6.4). */
export type KeyGenerationReply = Extract<Extension, { kind: 'mn-ha-key-generation-reply' }>

/**
 * The Registration Reply to a request, sealed for the mobile node; extensions in the order of RFC 5944, section 3.8.3.3. A denial
 * carries the key generation reply as well, or a node without a key could not believe it.
 */
export function encodeRegistrationReply(
  request: RegistrationRequest,
  decision: RegistrationDecision,
  { toMobileNode }: MobileHomeAssociation,
  keyGenerationReply?: KeyGenerationReply,
): Buffer {
  const name = findExtension(request.extensions, 'mobile-node-nai')
  const extensions: Extension[] = []
  if (name) extensions.push({ kind: name.kind, nai: name.nai })
  if (keyGenerationReply) extensions.push(keyGenerationReply)
  const { homeAddress, homeAgent } = request
  const { code, identification } = decision
  const reply = encodeRegistration({
    type: 'registration-reply',
    code,
    lifetimeSeconds: decision.verdict === 'registered' ? decision.lifetimeSeconds : 0,
    homeAddress,
    homeAgent,
    identification,
    extensions,
  })
  return sealExtension(reply, 'mobile-home-authentication', toMobileNode)
}
