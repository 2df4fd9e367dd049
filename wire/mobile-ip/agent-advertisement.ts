/** Agent Advertisement: a router advertisement with extensions (RFC 5944, section 2.1; RFC 1256). */

import {
  bits,
  int32,
  ipv4Address,
  ipv4AddressList,
  octets,
  text,
  uint8,
  uint8List,
  uint16,
} from '../field.ts'
import { decodeIcmpMessage, encodeIcmpMessage, icmpTypes } from '../ip/icmp.ts'
import { decodeFields, encodeFields, minimumSize, type ValueOf } from '../layout.ts'
import { WireError } from '../wire-error.ts'
import {
  decodeExtensions,
  type ExtensionOf,
  type ExtensionTable,
  encodeExtension,
  type Placed,
} from './extension-format.ts'

/** Flags of the mobility agent extension (RFC 5944, section 2.1.1; RFC 3024 T, RFC 3519 U, RFC 3543 X, RFC 4857 I). */
const mobilityAgentMasks = {
  registrationRequired: 0x8000,
  busy: 0x4000,
  homeAgent: 0x2000,
  foreignAgent: 0x1000,
  minimalEncapsulation: 0x0800,
  gre: 0x0400,
  reverseTunnelling: 0x0100,
  udpTunnelling: 0x0080,
  registrationRevocation: 0x0040,
  regionalRegistration: 0x0020,
} as const

export type MobilityAgentFlags = { [Name in keyof typeof mobilityAgentMasks]: boolean }

export const noMobilityAgentFlags: MobilityAgentFlags = {
  registrationRequired: false,
  busy: false,
  homeAgent: false,
  foreignAgent: false,
  minimalEncapsulation: false,
  gre: false,
  reverseTunnelling: false,
  udpTunnelling: false,
  registrationRevocation: false,
  regionalRegistration: false,
}

/** Extensions of an advertisement: a number space of their own. */
export const advertisementExtensions = {
  padding: { type: 0, form: 'single-byte', fields: {} }, // RFC 5944, 2.1.3
  'mobility-agent': {
    type: 16,
    form: 'short',
    fields: {
      sequence: uint16,
      registrationLifetimeSeconds: uint16,
      flags: bits(2, mobilityAgentMasks),
      careOfAddresses: ipv4AddressList,
    },
  }, // RFC 5944, 2.1.1
  'prefix-lengths': { type: 19, form: 'short', fields: { prefixLengths: uint8List } }, // RFC 5944, 2.1.2; one per router
  challenge: { type: 24, form: 'short', fields: { challenge: octets(4) } }, // RFC 4721
  'home-agent-identity': { type: 136, subtype: 1, form: 'short-with-subtype', fields: { nai: text } }, // RFC 3846
  'aaah-identity': { type: 136, subtype: 2, form: 'short-with-subtype', fields: { nai: text } }, // RFC 3846
} as const satisfies ExtensionTable

export type AdvertisementExtension = ExtensionOf<typeof advertisementExtensions>
export type PlacedAdvertisementExtension = Placed<AdvertisementExtension>

const router = { address: ipv4Address, preferenceLevel: int32 }
const routerBytes = minimumSize(router)

export interface AdvertisedRouter extends ValueOf<typeof router> {
  /** What an entry that is longer than ours holds behind the two fields (RFC 1256, section 3): as long in every entry. */
  more?: Buffer
}

/** What follows the ICMP checksum. */
const header = { addressCount: uint8, addressEntryWords: uint8, lifetimeSeconds: uint16 }
const routersStart = 4 + minimumSize(header)

/** As decoded; `AgentAdvertisement<AdvertisementExtension>` is one to encode. */
export interface AgentAdvertisement<Content extends AdvertisementExtension = PlacedAdvertisementExtension> {
  type: 'agent-advertisement'
  /** 0: the sender routes ordinary traffic; 16: it does not. */
  code: number
  /** How long the advertisement counts; not the lifetime of a registration. */
  lifetimeSeconds: number
  routers: AdvertisedRouter[]
  /** Without `mobility-agent` among them, this is a plain router advertisement. */
  extensions: Content[]
}

/** What the sequence number after a given one is: 0 to 255 say that the agent has restarted (RFC 5944, section 2.3.2). */
export function nextSequence(sequence: number): number {
  return sequence === 0xffff ? 256 : sequence + 1
}

/**
 * Decodes the ICMP message of an advertisement.
 * @throws WireError wire/truncated, wire/malformed (also a wrong checksum), wire/unknown-extension
 */
export function decodeAgentAdvertisement(bytes: Buffer): AgentAdvertisement {
  const { type, code } = decodeIcmpMessage(bytes)
  if (type !== icmpTypes.routerAdvertisement)
    throw new WireError('wire/malformed', `ICMP type ${type} is no advertisement`, { offset: 0 })
  const { addressCount, addressEntryWords, lifetimeSeconds } = decodeFields(header, bytes, 4, bytes.length)
  const entryBytes = 4 * addressEntryWords
  if (entryBytes < routerBytes)
    throw new WireError('wire/malformed', `an address entry of ${entryBytes} bytes is too short`, {
      offset: 5,
    })
  const routers = Array.from({ length: addressCount }, (_, index) =>
    decodeRouter(bytes, routersStart + index * entryBytes, entryBytes),
  )
  const extensionsStart = routersStart + addressCount * entryBytes
  const extensions = decodeExtensions(advertisementExtensions, bytes, extensionsStart)
  return { type: 'agent-advertisement', code, lifetimeSeconds, routers, extensions }
}

function decodeRouter(bytes: Buffer, start: number, entryBytes: number): AdvertisedRouter {
  if (start + entryBytes > bytes.length)
    throw new WireError('wire/truncated', 'the advertisement ends before its router addresses do', {
      offset: start,
    })
  const more = bytes.subarray(start + routerBytes, start + entryBytes)
  return { ...decodeFields(router, bytes, start, bytes.length), ...(more.length > 0 && { more }) }
}

/** The ICMP message of an advertisement, with its checksum. @throws WireError wire/unencodable */
export function encodeAgentAdvertisement(advertisement: AgentAdvertisement<AdvertisementExtension>): Buffer {
  const { code, lifetimeSeconds, routers, extensions } = advertisement
  const [entryBytes = routerBytes, ...others] = routers.map(({ more }) => routerBytes + (more?.length ?? 0))
  if (entryBytes % 4 !== 0 || others.some((bytes) => bytes !== entryBytes))
    throw new WireError('wire/unencodable', 'router entries must be of one length, a multiple of 4 bytes', {
      offset: 5,
    })
  const start = { addressCount: routers.length, addressEntryWords: entryBytes / 4, lifetimeSeconds }
  return encodeIcmpMessage({
    type: icmpTypes.routerAdvertisement,
    code,
    body: Buffer.concat([
      encodeFields(header, start),
      ...routers.flatMap((entry) => [encodeFields(router, entry), entry.more ?? Buffer.alloc(0)]),
      ...extensions.map((extension) => encodeExtension(advertisementExtensions, extension)),
    ]),
  })
}
