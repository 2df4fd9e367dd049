/**
 * Every extension of a registration message (RFC 5944, sections 1.8 to 1.11, and the documents named by row). Numbers below 128
 * that are not here make a message undecodable; adding an extension is adding a row.
 */
import {
  bits,
  ipv4Address,
  ipv4AddressList,
  octets,
  reserved,
  text,
  uint8,
  uint16,
  uint32,
} from '../field.ts'
import type { ExtensionOf, ExtensionTable, Placed } from './extension-format.ts'

export { findExtension, type Placed, type UnknownExtension } from './extension-format.ts'

const authentication = { spi: uint32, authenticator: octets(1) }

export const registrationExtensions = {
  padding: { type: 0, form: 'single-byte', fields: {} }, // RFC 5944, 1.8
  'binding-warning': {
    type: 16,
    form: 'short',
    fields: { reserved: reserved(2), homeAddress: ipv4Address, targetNodes: ipv4AddressList },
  }, // draft-ietf-mobileip-optim-11; the number is of local use
  'mobile-home-authentication': { type: 32, form: 'short', fields: authentication }, // RFC 5944, 3.5.2
  'mobile-foreign-authentication': { type: 33, form: 'short', fields: authentication }, // RFC 5944, 3.5.3
  'foreign-home-authentication': { type: 34, form: 'short', fields: authentication }, // RFC 5944, 3.5.4
  'mobile-aaa-authentication': {
    type: 36,
    subtype: 1,
    form: 'long',
    fields: { spi: uint32, authenticator: octets(16) },
  }, // RFC 4721
  'critical-vendor': {
    type: 38,
    form: 'long',
    fields: { vendorId: uint32, vendorType: uint16, value: octets() },
  }, // RFC 3115
  'mn-fa-key-generation-request': { type: 40, subtype: 1, form: 'long', fields: { mobileNodeSpi: uint32 } }, // RFC 3957
  'mn-fa-key-generation-reply': {
    type: 41,
    subtype: 1,
    form: 'long',
    fields: {
      lifetimeSeconds: uint32,
      aaaSpi: uint32,
      foreignAgentSpi: uint32,
      algorithm: uint16,
      nonce: octets(16),
    },
  }, // RFC 3957
  'mn-ha-key-generation-request': { type: 42, subtype: 1, form: 'long', fields: { mobileNodeSpi: uint32 } }, // RFC 3957
  'mn-ha-key-generation-reply': {
    type: 43,
    subtype: 1,
    form: 'long',
    fields: {
      lifetimeSeconds: uint32,
      aaaSpi: uint32,
      homeAgentSpi: uint32,
      algorithm: uint16,
      replayMethod: uint16,
      nonce: octets(16),
    },
  }, // RFC 3957
  'udp-tunnel-reply': {
    type: 44,
    subtype: 0,
    form: 'short-with-subtype',
    fields: { replyCode: uint8, flags: bits(2, { forced: 0x8000 }), keepaliveSeconds: uint16 },
  }, // RFC 3519
  'foreign-agent-error': { type: 45, subtype: 0, form: 'short-with-subtype', fields: { status: uint8 } }, // RFC 4636
  'gre-key': { type: 48, subtype: 0, form: 'long', fields: { key: uint32 } }, // RFC 6245
  'previous-foreign-agent-notification': {
    type: 96,
    form: 'short',
    fields: {
      cacheLifetimeSeconds: uint16,
      previousForeignAgent: ipv4Address,
      newCareOfAddress: ipv4Address,
      spi: uint32,
      authenticator: octets(1),
    },
  }, // draft-ietf-mobileip-optim-11
  'encapsulating-delivery-style': { type: 130, form: 'short', fields: {} }, // RFC 3024
  'mobile-node-nai': { type: 131, form: 'short', fields: { nai: text } }, // RFC 2794
  challenge: { type: 132, form: 'short', fields: { challenge: octets(4) } }, // RFC 4721
  'normal-vendor': {
    type: 134,
    form: 'short',
    fields: { reserved: reserved(2), vendorId: uint32, vendorType: uint16, value: octets() },
  }, // RFC 3115
  'home-agent-identity': { type: 136, subtype: 1, form: 'short-with-subtype', fields: { nai: text } }, // RFC 3846
  'aaah-identity': { type: 136, subtype: 2, form: 'short-with-subtype', fields: { nai: text } }, // RFC 3846
  'revocation-support': {
    type: 137,
    form: 'short',
    fields: { flags: bits(2, { inform: 0x8000 }), timestampSeconds: uint32 },
  }, // RFC 3543; seconds since 1900
  'requested-home-agent': { type: 139, subtype: 1, form: 'long', fields: { homeAgent: ipv4Address } }, // RFC 4433
  'redirected-home-agent': { type: 139, subtype: 2, form: 'long', fields: { homeAgent: ipv4Address } }, // RFC 4433
  'udp-tunnel-request': {
    type: 144,
    subtype: 0,
    form: 'short-with-subtype',
    fields: {
      reserved1: reserved(1),
      flags: bits(1, { forced: 0x80, registrationRequired: 0x40 }),
      encapsulation: uint8,
      reserved3: reserved(2),
    },
  }, // RFC 3519
} as const satisfies ExtensionTable

/** An extension of a registration message, discriminated by `kind`. */
export type Extension = ExtensionOf<typeof registrationExtensions>
export type ExtensionKind = Extension['kind']

/** An extension as decoded: with its place in the message. */
export type PlacedExtension = Placed<Extension>
