import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import { decodable, undecodable, vectors } from '../golden/message-vectors.ts'
import { mutations, readVectors } from '../golden/vectors.ts'
import { minimumSize } from '../layout.ts'
import { WireError } from '../wire-error.ts'
import { registrationExtensions } from './extension.ts'
import {
  decodeMobileIpMessage,
  encodeMobileIpMessage,
  type MobileIpMessage,
  type MobileIpMessageOf,
  messageFormats,
} from './message.ts'
import { routeOptimizationExtensions } from './route-optimization.ts'

/** Names of the golden file, where they differ from ours. */
const goldenNames: Record<string, string> = {
  simultaneousBindings: 'S',
  broadcast: 'B',
  decapsulationByMobileNode: 'D',
  minimalEncapsulation: 'M',
  gre: 'G',
  reservedR: 'r',
  reverseTunnelling: 'T',
  reservedX: 'x',
  forced: 'F',
  registrationRequired: 'R',
  inform: 'I',
  fromHomeAgent: 'A',
  acknowledge: 'A',
  identificationPresent: 'I',
  targetNodes: 'targets',
  packet: 'innerHex',
  key: 'greKey',
  lifetimeSeconds: 'lifetime',
  cacheLifetimeSeconds: 'cacheLifetime',
  keepaliveSeconds: 'keepalive',
  timestampSeconds: 'timestamp',
  homeAgentSpi: 'haSpi',
  foreignAgentSpi: 'faSpi',
  nonce: 'nonceHex',
  challenge: 'challengeHex',
  value: 'valueHex',
  data: 'valueHex',
  authenticator: 'innerAuthenticatorHex',
  identification: 'identificationHex',
}

function inGoldenWords(value: object): Record<string, unknown> {
  const entries = Object.entries(value).map(([name, field]): [string, unknown] => [
    goldenNames[name] ?? name,
    Buffer.isBuffer(field)
      ? field.toString('hex')
      : typeof field === 'bigint'
        ? field.toString(16).padStart(16, '0')
        : field,
  ])
  return Object.fromEntries(entries)
}

const extensionRows = { ...registrationExtensions, ...routeOptimizationExtensions }

function extensionsOf(message: MobileIpMessage) {
  return 'extensions' in message ? message.extensions : []
}

function extensionInGoldenWords(extension: ReturnType<typeof extensionsOf>[number]): Record<string, unknown> {
  const row = extension.kind === 'unknown' ? extension : extensionRows[extension.kind]
  const address = 'homeAgent' in extension ? { haAddress: extension.homeAgent } : {}
  const flags = 'flags' in extension ? inGoldenWords(extension.flags) : {}
  return {
    ...inGoldenWords(extension),
    ...flags,
    ...address,
    type: row.type,
    subtype: 'subtype' in row ? row.subtype : undefined,
  }
}

/** What the golden file says besides the decoded values. */
const commentary = new Set(
  'name algorithm length action derivedKeyHex extensions flags value identificationHigh identificationLow reserved inner'.split(
    ' ',
  ),
)

function commonFields(golden: object): [string, unknown][] {
  return Object.entries(golden).filter(([name]) => !commentary.has(name))
}

for (const { id, title, bytes, fields = {}, extensionOffsets } of decodable)
  test(`${id}: ${title}`, (t) => {
    const message = decodeMobileIpMessage(bytes)
    const expected = { type: bytes[0], ...fields }
    const flags = 'flags' in message ? inGoldenWords(message.flags) : {}
    const decoded = { ...flags, ...inGoldenWords(message), type: messageFormats[message.type].type }
    t.like(decoded, Object.fromEntries(commonFields(expected)))
    if (message.type === 'registration-request' && 'flags' in expected)
      t.deepEqual({ value: bytes[1], ...flags }, expected.flags)

    const extensions = extensionsOf(message)
    if ('extensions' in expected && Array.isArray(expected.extensions)) {
      t.is(extensions.length, expected.extensions.length)
      for (const [index, extension] of extensions.entries())
        t.like(
          extensionInGoldenWords(extension),
          Object.fromEntries(commonFields(expected.extensions[index])),
        )
    }
    if (extensionOffsets)
      t.deepEqual(
        extensions.map(({ offset, end }) => ({ offset, length: end - offset })),
        extensionOffsets.map(({ offset, length }) => ({ offset, length })),
      )
    t.deepEqual(encodeMobileIpMessage(message), bytes)
  })

for (const { id, title, bytes } of vectors) {
  const code = undecodable[id]
  if (!code) continue
  test(`${id}: ${title}`, (t) => {
    t.throws(() => decodeMobileIpMessage(bytes), { instanceOf: WireError, code })
  })
}

/** Without the places: an encoder fixes them anew. */
function content(message: MobileIpMessage) {
  return { ...message, extensions: extensionsOf(message).map(({ offset: _, end: __, ...value }) => value) }
}

/** Whether bytes decode to a value that survives a round trip, or are refused as bytes may be. */
function holdsOrRefuses(bytes: Buffer): boolean {
  let message: MobileIpMessage
  try {
    message = decodeMobileIpMessage(bytes)
  } catch (error) {
    return error instanceof WireError && error.offset <= bytes.length && error.code !== 'wire/unencodable'
  }
  return isDeepStrictEqual(content(decodeMobileIpMessage(encodeMobileIpMessage(message))), content(message))
}

for (const { id, bytes } of vectors)
  test(`${id}: every truncation and every bit flip decodes or is refused`, (t) => {
    const faults = [...mutations(bytes)].filter((mutation) => !holdsOrRefuses(mutation))
    t.deepEqual(faults, [])
  })

for (const [name, { type, fields }] of Object.entries(messageFormats))
  test(`${name}: random bytes after the fixed part decode or are refused`, (t) => {
    const fixed = Buffer.alloc(minimumSize(fields), 0x15)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (tail) =>
        holdsOrRefuses(Buffer.concat([Buffer.of(type), fixed, tail])),
      ),
      { numRuns: 1000 },
    )
    t.notThrows(() => decodeMobileIpMessage(Buffer.concat([Buffer.of(type), fixed])))
  })

test('what does not fit its field is not encoded', (t) => {
  const message = decodeMobileIpMessage(readVectors('mip')[0]?.bytes ?? Buffer.alloc(0))
  const attempts: object[] = [
    { lifetimeSeconds: 65536 },
    { lifetimeSeconds: 1.5 },
    { homeAddress: '192.0.2.256' },
    { identification: 1n << 64n },
    { identification: -1n },
  ]
  for (const attempt of attempts)
    t.throws(() => encodeMobileIpMessage(Object.assign({}, message, attempt)), {
      instanceOf: WireError,
      code: 'wire/unencodable',
    })
})

test('a Binding Update has an identification if its flag says so, an Acknowledge if its length does', (t) => {
  const flags = { acknowledge: true, identificationPresent: true, minimalEncapsulation: false, gre: false }
  const update: MobileIpMessageOf<'binding-update', unknown> = {
    type: 'binding-update',
    flags,
    lifetimeSeconds: 600,
    homeAddress: '192.0.2.77',
    careOfAddress: '198.51.100.2',
    extensions: [],
  }
  const identification = 7n
  const without = { ...update, flags: { ...flags, identificationPresent: false } }
  t.is(encodeMobileIpMessage({ ...update, identification }).length, 20)
  t.is(encodeMobileIpMessage(without).length, 12)
  t.throws(() => encodeMobileIpMessage(update), { code: 'wire/unencodable' })
  t.throws(() => encodeMobileIpMessage({ ...without, identification }), { code: 'wire/unencodable' })

  const acknowledge: MobileIpMessageOf<'binding-acknowledge', unknown> = {
    type: 'binding-acknowledge',
    status: 0,
    homeAddress: '192.0.2.77',
    extensions: [],
  }
  const authentication = {
    kind: 'route-optimization-authentication',
    spi: 4103,
    authenticator: Buffer.alloc(16),
  } as const
  t.is(encodeMobileIpMessage(acknowledge).length, 8)
  t.is(encodeMobileIpMessage({ ...acknowledge, identification, extensions: [authentication] }).length, 38)
  t.throws(() => encodeMobileIpMessage({ ...acknowledge, extensions: [authentication] }), {
    code: 'wire/unencodable',
  })
})
