/** Whether a mobile node believes a Registration Reply (RFC 5944, section 3.6.2.1). Pure. */
import { describeError } from '#core/error.ts'
import { verifyExtension } from '#wire/mobile-ip/authentication.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import { identificationLow } from '#wire/mobile-ip/identification.ts'
import { decodeRegistration } from '#wire/mobile-ip/registration.ts'
import type { RegistrationReply } from '#wire/mobile-ip/registration-reply.ts'
import { WireError } from '#wire/wire-error.ts'
import { associationFromNonce, type HomeAgentAssociation, type NodeIdentity } from './association.ts'

/** The most recent request, the only one whose reply counts. */
export interface SentRequest {
  identification: bigint
  /** With which a key was asked for, if one was. */
  mobileNodeSpi: number | undefined
}

export type ReplyVerdict =
  | { verdict: 'discard'; reason: string }
  | {
      verdict: 'believed'
      reply: RegistrationReply
      /** A new association; in force only if the reply accepts. */
      offered?: { association: HomeAgentAssociation; lifetimeSeconds: number }
    }

/** The UDP checksum was right already. In the order of the RFC: identification, then the authentication of the home agent. */
export function verifyReply(
  bytes: Buffer,
  sent: SentRequest | undefined,
  node: NodeIdentity,
  current: HomeAgentAssociation | undefined,
): ReplyVerdict {
  const reply = decode(bytes)
  if ('discard' in reply) return { verdict: 'discard', reason: reply.discard }
  if (!sent || identificationLow(reply.identification) !== identificationLow(sent.identification))
    return { verdict: 'discard', reason: 'no request is waiting for it' }
  // No association is shared with foreign agents, so that their denials come without a proof.
  if (isFromForeignAgent(reply.code)) return { verdict: 'believed', reply }

  const proofs = reply.extensions.filter((extension) => extension.kind === 'mobile-home-authentication')
  const [proof] = proofs
  if (!proof || proofs.length > 1)
    return { verdict: 'discard', reason: `${proofs.length} mobile-home authentications where one is due` }
  const offered = readOffer(reply, sent, node)
  const association = offered?.association ?? current
  if (!association) return { verdict: 'discard', reason: 'there is no key to verify it with' }
  if (!verifyExtension(bytes, proof, association.toMobileNode))
    return { verdict: 'discard', reason: 'the mobile-home authenticator is wrong' }
  return { verdict: 'believed', reply, ...(offered && { offered }) }
}

function readOffer(reply: RegistrationReply, { mobileNodeSpi }: SentRequest, node: NodeIdentity) {
  const generated = findExtension(reply.extensions, 'mn-ha-key-generation-reply')
  if (!generated || mobileNodeSpi === undefined) return undefined
  const association = associationFromNonce(node, mobileNodeSpi, generated)
  return association && { association, lifetimeSeconds: generated.lifetimeSeconds }
}

/** RFC 5944, section 3.4; 194 is the one code of foreign agents outside their range. */
function isFromForeignAgent(code: number): boolean {
  return (code >= 64 && code <= 127) || code === 194
}

function decode(bytes: Buffer): RegistrationReply | { discard: string } {
  try {
    const message = decodeRegistration(bytes)
    return message.type === 'registration-reply' ? message : { discard: 'a request where a reply is due' }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return { discard: describeError(error) }
  }
}
