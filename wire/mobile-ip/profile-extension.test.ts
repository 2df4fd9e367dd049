import test from 'ava'
import type { ServiceProfile } from '../diameter/service-profile.ts'
import { WireError } from '../wire-error.ts'
import { decodeMobileIpMessage, encodeMobileIpMessage, type MobileIpMessageOf } from './message.ts'
import { decodeProfileExtension, encodeProfileExtension } from './profile-extension.ts'

const shaping = { rateBitsPerSecond: 4e6, ceilBitsPerSecond: 8e6, priority: 3 }
const profile: ServiceProfile = {
  name: 'gold',
  revision: 17,
  downlink: shaping,
  uplink: { rateBitsPerSecond: 1e6, ceilBitsPerSecond: 2e6 },
  dscp: 34,
  filters: [{ direction: 'downlink', match: { protocol: 'tcp', destinationPort: 25 }, action: 'drop' }],
  flows: [{ name: 'voice', match: { protocol: 'udp', destinationPort: 5004 }, shaping, dscp: 46 }],
}
type Extensions = MobileIpMessageOf<'binding-update', unknown>['extensions']

function carried(extensions: Extensions) {
  const bytes = encodeMobileIpMessage({
    type: 'binding-update',
    flags: { acknowledge: true, identificationPresent: true, minimalEncapsulation: false, gre: false },
    lifetimeSeconds: 300,
    homeAddress: '192.0.2.11',
    careOfAddress: '10.1.1.2',
    identification: 1n,
    extensions,
  })
  const message = decodeMobileIpMessage(bytes)
  return message.type === 'binding-update' ? message.extensions : []
}

test('a profile longer than 255 bytes comes through a Binding Update as it is', (t) => {
  const extension = encodeProfileExtension(profile)
  t.true(extension.value.length > 255)
  t.deepEqual(decodeProfileExtension(carried([extension])), profile)
})

test('no extension, two of them, or one of somebody else is no profile', (t) => {
  const extension = encodeProfileExtension(profile)
  for (const extensions of [
    [],
    [extension, extension],
    [{ ...extension, vendorId: 9 }],
    [{ ...extension, vendorType: 2 }],
  ] satisfies Extensions[])
    t.is(decodeProfileExtension(carried(extensions)), undefined)
})

test('no truncation and no flipped bit of it does worse than a WireError', (t) => {
  const { value, ...extension } = encodeProfileExtension(profile)
  const read = (bytes: Buffer): void => {
    try {
      decodeProfileExtension(carried([{ ...extension, value: bytes }]))
    } catch (error) {
      if (!(error instanceof WireError)) t.fail(String(error))
    }
  }
  for (let length = 0; length < value.length; length++) read(value.subarray(0, length))
  for (let bit = 0; bit < value.length * 8; bit++) {
    const flipped = Buffer.from(value)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    read(flipped)
  }
  t.pass()
})
