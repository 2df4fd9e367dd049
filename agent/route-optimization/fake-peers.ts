/** For tests: what the agents at both ends of route optimization share, and messages as either would send them. */
import type { ManualClock } from '#core/clock.ts'
import type { ServiceProfile } from '#wire/diameter/service-profile.ts'
import type { MobilitySecurityAssociation } from '#wire/mobile-ip/authentication.ts'
import { timestampIdentification } from '#wire/mobile-ip/identification.ts'
import type { MobileIpMessageOf } from '#wire/mobile-ip/message.ts'
import { encodeProfileExtension } from '#wire/mobile-ip/profile-extension.ts'
import { type BindingMessage, readBindingMessage, sealedMessage } from './binding-message.ts'

export const homeAgent = '192.0.2.1'
export const correspondentAgent = '10.3.0.2'
export const homeAddress = '192.0.2.11'
export const careOfAddress = '10.1.1.2'
export const association: MobilitySecurityAssociation = {
  spi: 4200,
  key: Buffer.alloc(32, 7),
  algorithm: 'hmac-sha256',
}
export const otherKey: MobilitySecurityAssociation = { ...association, key: Buffer.alloc(32, 8) }
export const bronze: ServiceProfile = {
  name: 'bronze',
  revision: 1,
  downlink: { rateBitsPerSecond: 4e6, ceilBitsPerSecond: 4e6, priority: 3 },
}

let low = 0
export function newIdentification(clock: ManualClock): bigint {
  return timestampIdentification(clock.now(), ++low)
}

type Update = MobileIpMessageOf<'binding-update', unknown>

export function update(clock: ManualClock, changes: Partial<Update> = {}, key = association): Buffer {
  const flags = { acknowledge: true, identificationPresent: true, minimalEncapsulation: false, gre: false }
  const message: Update = {
    type: 'binding-update',
    flags,
    lifetimeSeconds: 300,
    homeAddress,
    careOfAddress,
    identification: newIdentification(clock),
    extensions: [encodeProfileExtension(bronze)],
    ...changes,
  }
  return sealedMessage(message, key)
}

export function request(clock: ManualClock, about = homeAddress, key = association): Buffer {
  const identification = newIdentification(clock)
  return sealedMessage({ type: 'binding-request', homeAddress: about, identification, extensions: [] }, key)
}

/** A message that has to be of this type. */
export function read<Type extends BindingMessage['type']>(
  bytes: Buffer | undefined,
  type: Type,
): Extract<BindingMessage, { type: Type }> {
  const message = bytes && readBindingMessage(bytes)
  if (message === undefined || !isOfType(message, type))
    throw new TypeError(`no ${type}, but ${message?.type ?? 'nothing'}`)
  return message
}

function isOfType<Type extends BindingMessage['type']>(
  message: BindingMessage,
  type: Type,
): message is Extract<BindingMessage, { type: Type }> {
  return message.type === type
}
