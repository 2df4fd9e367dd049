/** The messages of route optimization (draft-ietf-mobileip-optim-11, section 4) as agents send and believe them. Pure. */
import {
  type MobilitySecurityAssociation,
  sealExtension,
  verifyExtension,
} from '#wire/mobile-ip/authentication.ts'
import {
  decodeMobileIpMessage,
  encodeMobileIpMessage,
  type MobileIpMessage,
  type MobileIpMessageOf,
} from '#wire/mobile-ip/message.ts'
import { WireError } from '#wire/wire-error.ts'

export type BindingRequest = MobileIpMessageOf<'binding-request'>
export type BindingUpdate = MobileIpMessageOf<'binding-update'>
export type BindingAcknowledge = MobileIpMessageOf<'binding-acknowledge'>
type ProvenMessage = BindingRequest | BindingUpdate | BindingAcknowledge
export type BindingMessage = ProvenMessage | MobileIpMessageOf<'binding-warning'>

const kinds = ['binding-warning', 'binding-request', 'binding-update', 'binding-acknowledge'] as const

/** Undefined for anything else, and for what cannot be read. */
export function readBindingMessage(bytes: Buffer): BindingMessage | undefined {
  try {
    const message = decodeMobileIpMessage(bytes)
    return isBindingMessage(message) ? message : undefined
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return undefined
  }
}

function isBindingMessage(message: MobileIpMessage): message is BindingMessage {
  return kinds.some((kind) => kind === message.type)
}

/** Whether it has one proof, at its end, and that was made with the association. */
export function isProven(
  bytes: Buffer,
  { extensions }: ProvenMessage,
  association: MobilitySecurityAssociation,
): boolean {
  const proofs = extensions.filter(({ kind }) => kind.endsWith('authentication'))
  const last = extensions.at(-1)
  return (
    proofs.length === 1 &&
    last?.kind === 'generalized-binding-authentication' &&
    verifyExtension(bytes, last, association)
  )
}

/** The bytes of a message with the proof behind it. @throws wire/unencodable */
export function sealedMessage(
  message: MobileIpMessage<unknown>,
  association: MobilitySecurityAssociation,
): Buffer {
  return sealExtension(encodeMobileIpMessage(message), 'generalized-binding-authentication', association)
}
