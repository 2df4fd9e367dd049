/**
 * Route optimization (draft-ietf-mobileip-optim-11): messages that tell a correspondent or a previous foreign agent where a mobile node
 * is. The draft never became an RFC: IANA gave 16 to 19 to other messages later, so these numbers are of local use, between nodes
 * that are configured for them.
 */
import {
  bits,
  ipv4Address,
  ipv4AddressList,
  octets,
  reserved,
  uint8,
  uint16,
  uint32,
  uint64,
} from '../field.ts'
import { registrationExtensions } from './extension.ts'
import type { ExtensionTable } from './extension-format.ts'

/** Without target nodes, the receiver is the target. */
export const bindingWarningFields = {
  reserved: reserved(3),
  homeAddress: ipv4Address,
  targetNodes: ipv4AddressList,
}

export const bindingRequestFields = {
  reserved: reserved(3),
  homeAddress: ipv4Address,
  identification: uint64,
}

/** Lifetime 0, or a care-of address that is the home address, deletes the cache entry; 65535 is without end. */
export const bindingUpdateFields = {
  flags: bits(1, {
    acknowledge: 0x80,
    identificationPresent: 0x40,
    minimalEncapsulation: 0x20,
    gre: 0x10,
  }),
  lifetimeSeconds: uint16,
  homeAddress: ipv4Address,
  careOfAddress: ipv4Address,
}

export const bindingAcknowledgeFields = {
  reserved: reserved(2),
  /** A row of `bindingAcknowledgeStatus`. */
  status: uint8,
  homeAddress: ipv4Address,
}

/** What may follow the fields of a Binding Update or Acknowledge. */
export const bindingIdentification = { identification: uint64 }

export const bindingAcknowledgeStatus = {
  accepted: 0,
  reasonUnspecified: 128,
  administrativelyProhibited: 129,
  insufficientResources: 130,
  senderFailedAuthentication: 131,
  identificationMismatch: 133,
  poorlyFormedUpdate: 134,
} as const

/**
 * Extensions of the route optimization messages. Early drafts have an authentication extension of their own (35); the last one uses
 * the generalized one with a subtype that was never assigned, here 255.
 */
export const routeOptimizationExtensions = {
  padding: { type: 0, form: 'single-byte', fields: {} }, // RFC 5944, 1.8
  'route-optimization-authentication': {
    type: 35,
    form: 'short',
    fields: { spi: uint32, authenticator: octets(1) },
  },
  'generalized-binding-authentication': {
    type: 36,
    subtype: 255,
    form: 'long',
    fields: { spi: uint32, authenticator: octets(1) },
  },
  /** Ours carries the service profile (`profile-extension.ts`). */
  'critical-vendor': registrationExtensions['critical-vendor'], // RFC 3115
} as const satisfies ExtensionTable
