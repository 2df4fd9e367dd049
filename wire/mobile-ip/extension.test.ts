import test from 'ava'
import { WireError } from '../wire-error.ts'
import { advertisementExtensions } from './agent-advertisement.ts'
import { type Extension, registrationExtensions } from './extension.ts'
import { decodeExtensions, type ExtensionTable, encodeExtension } from './extension-format.ts'

const tables: Record<string, ExtensionTable> = {
  registration: registrationExtensions,
  advertisement: advertisementExtensions,
}

for (const [name, table] of Object.entries(tables))
  test(`${name}: rows of one number have one form and different subtypes`, (t) => {
    const rows = Object.values(table)
    for (const row of rows) {
      const same = rows.filter((other) => other.type === row.type)
      t.deepEqual(new Set(same.map(({ form }) => form)).size, 1)
      t.deepEqual(new Set(same.map(({ subtype }) => subtype)).size, same.length)
    }
  })

function decodeOne(hex: string): Extension | undefined {
  const [{ offset: _, end: __, ...extension } = { offset: 0, end: 0 }] = decodeExtensions(
    registrationExtensions,
    Buffer.from(hex, 'hex'),
    0,
  )
  return 'kind' in extension ? extension : undefined
}

/** Extensions that no golden message carries. */
const examples: [hex: string, extension: Extension][] = [
  ['2d020044', { kind: 'foreign-agent-error', status: 68 }],
  ['881001686140686f6d652e6578616d706c65', { kind: 'home-agent-identity', nai: 'ha@home.example' }],
  ['8812026161616840686f6d652e6578616d706c65', { kind: 'aaah-identity', nai: 'aaah@home.example' }],
  ['8b020004c0000203', { kind: 'redirected-home-agent', homeAgent: '192.0.2.3' }],
  ['c800', { kind: 'unknown', type: 200, data: Buffer.alloc(0) }],
  ['8b090002abcd', { kind: 'unknown', type: 139, subtype: 9, data: Buffer.from('abcd', 'hex') }],
  ['880307abcd', { kind: 'unknown', type: 136, subtype: 7, data: Buffer.from('abcd', 'hex') }],
]

for (const [hex, extension] of examples)
  test(`${hex} is ${extension.kind}`, (t) => {
    t.deepEqual(decodeOne(hex), extension)
    t.is(encodeExtension(registrationExtensions, extension).toString('hex'), hex)
  })

const refused: [hex: string, code: string, why: string][] = [
  ['20', 'wire/truncated', 'no length'],
  ['2a0100', 'wire/truncated', 'half a length'],
  ['2a01000500001001ff', 'wire/malformed', 'a byte too many'],
  ['2a010003000010', 'wire/truncated', 'an SPI of three bytes'],
  ['2a010004000010', 'wire/truncated', 'ends after the message'],
  [`2402001400001004${'00'.repeat(16)}`, 'wire/unknown-extension', 'an unknown subtype below 128'],
  [`24010013${'00'.repeat(19)}`, 'wire/truncated', 'a Mobile-AAA authenticator below 16 bytes'],
  ['3701ff', 'wire/unknown-extension', 'an unknown number below 128'],
  ['880041', 'wire/malformed', 'no room for the subtype'],
  ['8300', 'wire/truncated', 'an empty NAI'],
  ['8302c328', 'wire/malformed', 'an NAI that is not UTF-8'],
]

for (const [hex, code, why] of refused)
  test(`refused as ${code}: ${why}`, (t) => {
    const error = t.throws(() => decodeOne(hex), { instanceOf: WireError })
    t.is(error.code as string, code)
  })

const unencodable: Extension[] = [
  { kind: 'unknown', type: 55, data: Buffer.alloc(0) },
  { kind: 'unknown', type: 256, data: Buffer.alloc(0) },
  { kind: 'unknown', type: 200, data: Buffer.alloc(256) },
  { kind: 'mobile-node-nai', nai: '' },
  { kind: 'mobile-node-nai', nai: 'n'.repeat(256) },
  { kind: 'mobile-aaa-authentication', spi: 4100, authenticator: Buffer.alloc(15) },
  { kind: 'mn-ha-key-generation-request', mobileNodeSpi: -1 },
]

for (const extension of unencodable)
  test(`not encoded: ${JSON.stringify(extension).slice(0, 60)}`, (t) => {
    t.throws(() => encodeExtension(registrationExtensions, extension), {
      instanceOf: WireError,
      code: 'wire/unencodable',
    })
  })
