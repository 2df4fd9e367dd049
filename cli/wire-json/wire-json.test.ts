import test from 'ava'
import fc from 'fast-check'
import { SojournError } from '#core/error.ts'
import { diameterMessages, malformedDiameterMessages } from '#wire/golden/diameter-vectors.ts'
import { mutations, readVectors } from '#wire/golden/vectors.ts'
import { internetChecksum } from '#wire/ip/checksum.ts'
import { WireError } from '#wire/wire-error.ts'
import { decodeJson, encodeJson } from './protocol.ts'
import { type ProtocolName, protocolNames, protocols } from './protocols.ts'

const vectors: Record<ProtocolName, { id: string; bytes: Buffer }[]> = {
  'mobile-ip': [...readVectors('mip'), ...readVectors('mip-malformed')],
  diameter: [...diameterMessages, ...malformedDiameterMessages],
  'agent-advertisement': readVectors('icmp-agent-advertisement'),
}

/** The bytes of the printed JSON of these bytes, or undefined where they are refused with their place. */
function thereAndBack(name: ProtocolName, bytes: Buffer): Buffer | undefined {
  let text: string
  try {
    text = JSON.stringify(decodeJson(protocols[name], bytes))
  } catch (error) {
    if (error instanceof WireError && error.code !== 'wire/unencodable' && error.offset <= bytes.length)
      return undefined
    throw error
  }
  return encodeJson(protocols[name], JSON.parse(text))
}

/** Makes the ICMP checksum right, which else lets hardly any change pass. */
function seal(message: Buffer): void {
  message.writeUInt16BE(0, 2)
  message.writeUInt16BE(internetChecksum(message), 2)
}

for (const name of protocolNames) {
  for (const { id, bytes } of vectors[name])
    test(`${name} ${id}: the same bytes come back, or it is refused`, (t) => {
      const back = thereAndBack(name, bytes)
      if (back) t.deepEqual(back, bytes)
      else t.throws(() => decodeJson(protocols[name], bytes), { instanceOf: WireError })
    })

  test(`${name}: random changes of golden messages come back, or are refused`, (t) => {
    let accepted = 0
    const seeds = fc.constantFrom(...vectors[name].filter(({ bytes }) => bytes.length > 8))
    const change = fc.tuple(fc.nat({ max: 2000 }), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(seeds, fc.array(change, { minLength: 1, maxLength: 3 }), ({ bytes }, changes) => {
        const changed = Buffer.from(bytes)
        for (const [at, byte] of changes) changed.writeUInt8(byte, at % bytes.length)
        if (name === 'agent-advertisement') seal(changed)
        const back = thereAndBack(name, changed)
        if (back) t.deepEqual(back, changed)
        if (back) accepted++
      }),
      { numRuns: 1000 },
    )
    t.true(accepted > 100, `${accepted} accepted`)
  })
}

test('every flipped bit of a request comes back: the reserved ones as other bytes', (t) => {
  const request = vectors['mobile-ip'].find(({ id }) => id === 'mip-revocation-ha')?.bytes ?? Buffer.alloc(0)
  for (const bytes of mutations(request)) {
    const back = thereAndBack('mobile-ip', bytes)
    if (back) t.deepEqual(back, bytes)
  }
  const reserved = Buffer.from(request)
  reserved.writeUInt8(0xab, 1)
  t.like(decodeJson(protocols['mobile-ip'], reserved), { otherBytes: [{ offset: 1, bytes: 'ab' }] })
})

test('Diameter: unknown AVPs, vendors, odd flags and padding that is not zero come back', (t) => {
  const bytes = Buffer.from(
    [
      '0100005c 8f00ffff 00000002 00000001 00000002', // an unknown command, reserved header flags
      '00000108 4f00000b 61622e ff', // Origin-Host with reserved flags, padding of ff
      '0001869f 0000000a 0102 0000', // an AVP that no dictionary has
      '0001869f c000000d 000028af 01 000000', // and one of a vendor
      '0000010c 40000009 01 000000', // Result-Code of one byte
      '00000128 00000008', // an empty Origin-Realm without the M flag
    ]
      .join('')
      .replaceAll(' ', ''),
    'hex',
  )
  bytes.writeUIntBE(bytes.length, 1, 3)
  t.deepEqual(decodeJson(protocols.diameter, bytes), {
    commandCode: 65535,
    request: true,
    proxiable: false,
    error: false,
    retransmitted: false,
    applicationId: 2,
    hopByHop: 1,
    endToEnd: 2,
    avps: [
      { name: 'Origin-Host', flags: 0x4f, value: 'ab.' },
      { code: 99999, flags: 0, data: '0102' },
      { code: 99999, vendorId: 10415, flags: 0xc0, data: '01' },
      { name: 'Result-Code', data: '01' },
      { name: 'Origin-Realm', flags: 0, value: '' },
    ],
    otherBytes: [
      { offset: 4, bytes: '8f' },
      { offset: 31, bytes: 'ff' },
    ],
  })
  t.deepEqual(thereAndBack('diameter', bytes), bytes)
})

const diameterHeader = {
  command: 'Device-Watchdog',
  request: true,
  proxiable: false,
  error: false,
  retransmitted: false,
  applicationId: 0,
  hopByHop: 1,
  endToEnd: 2,
}

test('flags and vendor are the dictionary’s where the JSON leaves them out', (t) => {
  const avps = [
    { name: 'Origin-Host', value: 'a.example' },
    { code: 99999, vendorId: 10415, data: '' },
  ]
  const { avps: read } = decodeJson(
    protocols.diameter,
    encodeJson(protocols.diameter, { ...diameterHeader, command: undefined, commandCode: 9, avps }),
  ) as { avps: object[] }
  t.deepEqual(read, [
    { name: 'Origin-Host', value: 'a.example' },
    { code: 99999, vendorId: 10415, flags: 0x80, data: '' },
  ])
})

const bindingRequest = {
  type: 'binding-request',
  homeAddress: '192.0.2.77',
  identification: '18446744073709551615',
  extensions: [],
}

const refused: [why: string, name: ProtocolName, document: unknown, message: RegExp][] = [
  ['no object', 'mobile-ip', 7, /\(top\): .*expected object/],
  ['unknown message', 'mobile-ip', { ...bindingRequest, type: 'x' }, /type: /],
  ['unknown field', 'mobile-ip', { ...bindingRequest, colour: 1 }, /colour/],
  ['a number for a bigint', 'mobile-ip', { ...bindingRequest, identification: 5 }, /identification: /],
  ['no address', 'mobile-ip', { ...bindingRequest, homeAddress: '192.0.2' }, /homeAddress: must be an IPv4/],
  [
    'a bigint too large',
    'mobile-ip',
    { ...bindingRequest, identification: `1${'0'.repeat(20)}` },
    /does not fit/,
  ],
  [
    'an extension without a field',
    'mobile-ip',
    { ...bindingRequest, extensions: [{ kind: 'route-optimization-authentication', spi: 1 }] },
    /extensions\.0\.authenticator: /,
  ],
  [
    'other bytes behind the end',
    'mobile-ip',
    { ...bindingRequest, otherBytes: [{ offset: 15, bytes: '0000' }] },
    /otherBytes\.0: ends behind/,
  ],
  [
    'other bytes in no hex',
    'mobile-ip',
    { ...bindingRequest, otherBytes: [{ offset: 1, bytes: 'x' }] },
    /otherBytes\.0\.bytes: /,
  ],
  ['command unknown', 'diameter', { ...diameterHeader, command: 'X', avps: [] }, /command: no such/],
  ['AVP unknown', 'diameter', { ...diameterHeader, avps: [{ name: 'X', value: 1 }] }, /avps\.0\.name: /],
  [
    'AVP value',
    'diameter',
    { ...diameterHeader, avps: [{ name: 'Result-Code', value: -1 }] },
    /avps\.0\.value: must fit Unsigned32/,
  ],
  [
    'AVP without content',
    'diameter',
    { ...diameterHeader, avps: [{ name: 'Result-Code' }] },
    /avps\.0: takes one of/,
  ],
  [
    'a member of a group',
    'diameter',
    { ...diameterHeader, avps: [{ name: 'Proxy-Info', avps: [{ name: 'Proxy-Host', value: 5 }] }] },
    /avps\.0\.avps\.0\.value: /,
  ],
]

for (const [why, name, document, message] of refused)
  test(`${name}: not encoded, with its path: ${why}`, (t) => {
    t.throws(() => encodeJson(protocols[name], document), { instanceOf: SojournError, message })
  })
