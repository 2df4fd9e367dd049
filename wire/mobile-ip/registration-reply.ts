import { ipv4Address, uint8, uint16, uint64 } from '../field.ts'
import type { ValueOf } from '../layout.ts'
import type { Extension, PlacedExtension } from './extension.ts'

/** The fixed part after the type byte (RFC 5944, section 3.4); `reply-code.ts` lists the codes. */
export const registrationReplyFields = {
  code: uint8,
  lifetimeSeconds: uint16,
  homeAddress: ipv4Address,
  homeAgent: ipv4Address,
  identification: uint64,
}

/** As decoded; `RegistrationReply<Extension>` is one to encode, whose extensions have no place yet. */
export type RegistrationReply<Content extends Extension = PlacedExtension> = {
  type: 'registration-reply'
  extensions: Content[]
} & ValueOf<typeof registrationReplyFields>
