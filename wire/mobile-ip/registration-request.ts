import { bits, ipv4Address, uint16, uint64 } from '../field.ts'
import type { ValueOf } from '../layout.ts'
import type { Extension, PlacedExtension } from './extension.ts'

/**
 * Flags of a Registration Request (RFC 5944, section 3.3; RFC 3024 for T). Sections 3.7.2.1 and 3.8.2.3 have the agents refuse a
 * request with a reserved bit set, so the reserved bits are kept.
 */
const flagMasks = {
  simultaneousBindings: 0x80,
  broadcast: 0x40,
  decapsulationByMobileNode: 0x20,
  minimalEncapsulation: 0x10,
  gre: 0x08,
  reservedR: 0x04,
  reverseTunnelling: 0x02,
  reservedX: 0x01,
} as const

/** The fixed part after the type byte (RFC 5944, section 3.3). Lifetime 0 deregisters, 65535 is without end. */
export const registrationRequestFields = {
  flags: bits(1, flagMasks),
  lifetimeSeconds: uint16,
  homeAddress: ipv4Address,
  homeAgent: ipv4Address,
  careOfAddress: ipv4Address,
  identification: uint64,
}

export type RegistrationFlags = { [Name in keyof typeof flagMasks]: boolean }

export const noRegistrationFlags: RegistrationFlags = {
  simultaneousBindings: false,
  broadcast: false,
  decapsulationByMobileNode: false,
  minimalEncapsulation: false,
  gre: false,
  reservedR: false,
  reverseTunnelling: false,
  reservedX: false,
}

/** As decoded; `RegistrationRequest<Extension>` is one to encode, whose extensions have no place yet. */
export type RegistrationRequest<Content extends Extension = PlacedExtension> = {
  type: 'registration-request'
  extensions: Content[]
} & ValueOf<typeof registrationRequestFields>
