/** Whether a mobile node believes a Registration Reply (RFC 5944, section 3.6.2.1). Pure. */
import { describeError } from '#core/error.ts'
import { type Ipv4Address, unspecifiedAddress } from '#core/ipv4.ts'
import {
  isAuthentication,
  type MobilitySecurityAssociation,
  verifyExtension,
} from '#wire/mobile-ip/authentication.ts'
import { findExtension, type PlacedExtension } from '#wire/mobile-ip/extension.ts'
import { identificationLow } from '#wire/mobile-ip/identification.ts'
import { decodeRegistration } from '#wire/mobile-ip/registration.ts'
import type { RegistrationReply } from '#wire/mobile-ip/registration-reply.ts'
import { isAccepted } from '#wire/mobile-ip/reply-code.ts'
import { WireError } from '#wire/wire-error.ts'
import {
  associationFromNonce,
  type ForeignAgentAssociation,
  foreignAssociationFromNonce,
  type HomeAgentAssociation,
  type NodeIdentity,
} from './association.ts'

/** The most recent request, the only one whose reply counts. */
export interface SentRequest {
  identification: bigint
  /** As the request had it, 0.0.0.0 where it asks for one. */
  homeAddress: Ipv4Address
  /** Whether a foreign agent passes it on, which then may deny it too. */
  throughForeignAgent: boolean
  /** With which a key was asked for, if one was. */
  mobileNodeSpi: number | undefined
  mobileNodeForeignSpi: number | undefined
}

/** What the node shares with the agents that the request goes through. */
export interface Associations {
  homeAgent: HomeAgentAssociation | undefined
  /** Then the agent must prove its replies (RFC 5944, section 3.5.3). */
  foreignAgent: ForeignAgentAssociation | undefined
}

export type ReplyVerdict =
  | { verdict: 'discard'; reason: string }
  | {
      verdict: 'believed'
      reply: RegistrationReply
      /** What of it the home agent has proven: nothing in a denial of a foreign agent. */
      proven: PlacedExtension[]
      /** A new association; in force only if the reply accepts. */
      offered?: { association: HomeAgentAssociation; lifetimeSeconds: number }
      offeredForeign?: { association: ForeignAgentAssociation; lifetimeSeconds: number }
    }

/**
 * The UDP checksum was right already. In the order of the RFC: identification, the authentication of the foreign agent, then that of
 * the home agent.
 */
export function verifyReply(
  bytes: Buffer,
  sent: SentRequest | undefined,
  node: NodeIdentity,
  current: Associations,
): ReplyVerdict {
  const reply = decode(bytes)
  if ('discard' in reply) return { verdict: 'discard', reason: reply.discard }
  const reason = (text: string): ReplyVerdict => ({ verdict: 'discard', reason: text })
  if (!sent || identificationLow(reply.identification) !== identificationLow(sent.identification))
    return reason('no request is waiting for it')

  const offeredForeign = readForeignOffer(reply, sent, node)
  const foreignFault = foreignAgentFault(bytes, reply, current.foreignAgent, offeredForeign?.association)
  if (foreignFault !== undefined) return reason(foreignFault)
  if (isFromForeignAgent(reply.code))
    return sent.throughForeignAgent
      ? { verdict: 'believed', reply, proven: [] }
      : reason('a denial of a foreign agent, and none was asked')

  const offered = readOffer(reply, sent, node)
  const association = offered?.association ?? current.homeAgent
  const fault = proofFault(bytes, reply, 'mobile-home-authentication', association?.toMobileNode)
  if (fault !== undefined) return reason(fault)
  const other = addressFault(reply, sent)
  if (other !== undefined) return reason(other)
  return {
    verdict: 'believed',
    reply,
    proven: provenPart(reply),
    ...(offered && { offered }),
    ...(offeredForeign && { offeredForeign }),
  }
}

type ProofKind = 'mobile-home-authentication' | 'mobile-foreign-authentication'

/** What is wrong with the one proof of a kind that is due. */
function proofFault(
  bytes: Buffer,
  { extensions }: RegistrationReply,
  kind: ProofKind,
  association: MobilitySecurityAssociation | undefined,
): string | undefined {
  const name = kind.replace('-authentication', '')
  const proofs = extensions
    .filter((extension) => isAuthentication(extension))
    .filter((extension) => extension.kind === kind)
  const [proof] = proofs
  if (!proof || proofs.length > 1) return `${proofs.length} ${name} authentications where one is due`
  if (!association) return 'there is no key to verify it with'
  return verifyExtension(bytes, proof, association) ? undefined : `the ${name} authenticator is wrong`
}

/** A new key may be used at once by the foreign agent; one that was there before has to be (the reply that brings a new one aside). */
function foreignAgentFault(
  bytes: Buffer,
  reply: RegistrationReply,
  current: ForeignAgentAssociation | undefined,
  offered: ForeignAgentAssociation | undefined,
): string | undefined {
  const kind = 'mobile-foreign-authentication'
  const proven = findExtension(reply.extensions, kind) !== undefined
  const association = offered ?? current
  if (!current && !(proven && association)) return undefined
  return proofFault(bytes, reply, kind, association?.toMobileNode)
}

/** The reply is about this node, and an accepted one leaves nothing to be allocated. */
function addressFault(
  { code, homeAddress, homeAgent }: RegistrationReply,
  sent: SentRequest,
): string | undefined {
  if (sent.homeAddress !== unspecifiedAddress && homeAddress !== sent.homeAddress)
    return `it is about the home address ${homeAddress}`
  const lacks = homeAddress === unspecifiedAddress || homeAgent === unspecifiedAddress
  return isAccepted(code) && lacks ? 'it accepts, and names no home address or no home agent' : undefined
}

/** What stands before the proof of the home agent. */
function provenPart({ extensions }: RegistrationReply): PlacedExtension[] {
  const proof = findExtension(extensions, 'mobile-home-authentication')
  return proof ? extensions.filter(({ end }) => end <= proof.offset) : []
}

function readOffer(reply: RegistrationReply, { mobileNodeSpi }: SentRequest, node: NodeIdentity) {
  const generated = findExtension(reply.extensions, 'mn-ha-key-generation-reply')
  if (!generated || mobileNodeSpi === undefined) return undefined
  const association = associationFromNonce(node, mobileNodeSpi, generated)
  return association && { association, lifetimeSeconds: generated.lifetimeSeconds }
}

function readForeignOffer(
  reply: RegistrationReply,
  { mobileNodeForeignSpi }: SentRequest,
  node: NodeIdentity,
) {
  const generated = findExtension(provenPart(reply), 'mn-fa-key-generation-reply')
  if (!generated || mobileNodeForeignSpi === undefined) return undefined
  const association = foreignAssociationFromNonce(node, mobileNodeForeignSpi, generated)
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
