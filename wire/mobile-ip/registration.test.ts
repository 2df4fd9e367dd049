import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import { decodable, notYet, undecodable, vectors } from '../golden/registration-vectors.ts'
import { mutations, readVectors } from '../golden/vectors.ts'
import { WireError } from '../wire-error.ts'
import { type PlacedExtension, registrationExtensions } from './extension.ts'
import { decodeRegistration, encodeRegistration, type Registration } from './registration.ts'

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

function extensionInGoldenWords(extension: PlacedExtension): Record<string, unknown> {
  const row = extension.kind === 'unknown' ? extension : registrationExtensions[extension.kind]
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
  'name algorithm length action derivedKeyHex extensions flags value identificationHigh identificationLow'.split(
    ' ',
  ),
)

function commonFields(golden: object): [string, unknown][] {
  return Object.entries(golden).filter(([name]) => !commentary.has(name))
}

for (const { id, title, bytes, fields = {}, extensionOffsets } of decodable)
  test(`${id}: ${title}`, (t) => {
    const message = decodeRegistration(bytes)
    const expected = { type: bytes[0], ...fields }
    const decoded = { ...inGoldenWords(message), type: message.type === 'registration-request' ? 1 : 3 }
    t.like(decoded, Object.fromEntries(commonFields(expected)))
    if (message.type === 'registration-request' && 'flags' in expected)
      t.deepEqual({ value: bytes[1], ...inGoldenWords(message.flags) }, expected.flags)

    if ('extensions' in expected && Array.isArray(expected.extensions)) {
      t.is(message.extensions.length, expected.extensions.length)
      for (const [index, extension] of message.extensions.entries())
        t.like(
          extensionInGoldenWords(extension),
          Object.fromEntries(commonFields(expected.extensions[index])),
        )
    }
    if (extensionOffsets)
      t.deepEqual(
        message.extensions.map(({ offset, end }) => ({ offset, length: end - offset })),
        extensionOffsets.map(({ offset, length }) => ({ offset, length })),
      )
    t.deepEqual(encodeRegistration(message), bytes)
  })

for (const { id, title, bytes } of vectors) {
  const code = undecodable[id]
  if (!code) continue
  test(`${id}: ${title}`, (t) => {
    t.throws(() => decodeRegistration(bytes), { instanceOf: WireError, code })
  })
}

for (const { id, bytes } of vectors.filter((vector) => vector.id in notYet))
  test(`${id} is refused as yet: ${notYet[id]}`, (t) => {
    t.throws(() => decodeRegistration(bytes), { instanceOf: WireError, code: 'wire/malformed' })
  })

/** Without the places: an encoder fixes them anew. */
function content(message: Registration) {
  return { ...message, extensions: message.extensions.map(({ offset: _, end: __, ...value }) => value) }
}

/** Whether bytes decode to a value that survives a round trip, or are refused as bytes may be. */
function holdsOrRefuses(bytes: Buffer): boolean {
  let message: Registration
  try {
    message = decodeRegistration(bytes)
  } catch (error) {
    return error instanceof WireError && error.offset <= bytes.length && error.code !== 'wire/unencodable'
  }
  return isDeepStrictEqual(content(decodeRegistration(encodeRegistration(message))), content(message))
}

for (const { id, bytes } of vectors)
  test(`${id}: every truncation and every bit flip decodes or is refused`, (t) => {
    const faults = [...mutations(bytes)].filter((mutation) => !holdsOrRefuses(mutation))
    t.deepEqual(faults, [])
  })

test('random bytes after the fixed part decode or are refused', (t) => {
  const start = readVectors('mip')[0]?.bytes.subarray(0, 24)
  t.truthy(start)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (tail) =>
      holdsOrRefuses(Buffer.concat([start ?? Buffer.alloc(0), tail])),
    ),
    { numRuns: 5000 },
  )
})

test('what does not fit its field is not encoded', (t) => {
  const message = decodeRegistration(readVectors('mip')[0]?.bytes ?? Buffer.alloc(0))
  const attempts: Partial<Registration>[] = [
    { lifetimeSeconds: 65536 },
    { lifetimeSeconds: 1.5 },
    { homeAddress: '192.0.2.256' },
    { identification: 1n << 64n },
    { identification: -1n },
  ]
  for (const attempt of attempts)
    t.throws(() => encodeRegistration(Object.assign({}, message, attempt)), {
      instanceOf: WireError,
      code: 'wire/unencodable',
    })
})
