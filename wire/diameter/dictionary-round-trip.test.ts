/** Random values of every AVP of the dictionary and of every command: encoded, then decoded to the same value. */
import test from 'ava'
import fc from 'fast-check'
import { arbitraryBuffer } from '../golden/arbitrary.ts'
import { encodeAvps } from './avp.ts'
import type { AvpRow, DataType, Grammar } from './avp-table.ts'
import { type CommandName, commands, errorAnswer } from './command.ts'
import { avpRow, dictionary } from './dictionary.ts'
import { decodeGroup, encodeGroup } from './group.ts'
import { decodeMessage, type EncodableMessage, encodeMessage } from './message.ts'

const signed32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const ascii = fc.string({ maxLength: 12, unit: 'binary-ascii' })
const values: Record<DataType, fc.Arbitrary<unknown>> = {
  OctetString: arbitraryBuffer(0, 12),
  UTF8String: fc.string({ maxLength: 12, unit: 'binary' }).filter((text) => text.isWellFormed()),
  DiameterIdentity: ascii,
  DiameterURI: ascii,
  IPFilterRule: ascii,
  Integer32: signed32,
  Integer64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  Unsigned32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  Unsigned64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  Float32: fc.float(),
  Float64: fc.double(),
  Enumerated: signed32,
  Address: fc.ipV4(), // IPv6 has its own property in value.test.ts
  Time: fc.integer({ min: 2 ** 31 - 2208988800, max: 2 ** 32 + 2 ** 31 - 2208988800 - 1 }),
}

/** Groups stand in groups: below this depth, only with what they must have. */
const deepest = 3

function arbitraryValue(name: string, depth: number): fc.Arbitrary<unknown> {
  const row: AvpRow | undefined = avpRow(name)
  if (row === undefined) throw new Error(`the dictionary has no ${name}`)
  // A quotation of any AVPs: its members are not interpreted.
  if (name === 'Failed-AVP') return fc.constant({ unknown: [quoted] })
  return row.type === 'Grouped' ? arbitraryGroup(row.members, depth + 1) : values[row.type]
}

const quoted = { code: 99_999, flags: 0, vendorId: 0, data: Buffer.from('quoted') }

function arbitraryGroup(grammar: Grammar, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const members = Object.entries(grammar).flatMap(([name, cardinality]) => {
    if (depth > deepest && (cardinality === '0-1' || cardinality === '*')) return []
    const value = arbitraryValue(name, depth)
    if (cardinality === '1' || cardinality === '0-1') return [[name, value] as const]
    return [[name, fc.array(value, { minLength: 1, maxLength: 2 })] as const]
  })
  const required = Object.entries(grammar).flatMap(([name, cardinality]) =>
    cardinality === '1' || cardinality === '1*' ? [name] : [],
  )
  return fc.record(Object.fromEntries(members), { requiredKeys: required, noNullPrototype: true })
}

/** Offsets are where an AVP came from, and have no part in its value. */
function withoutOffsets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOffsets)
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value
  const entries = Object.entries(value).filter(([name]) => name !== 'offset')
  return Object.fromEntries(entries.map(([name, member]) => [name, withoutOffsets(member)]))
}

for (const name of Object.keys(dictionary))
  test(`${name}: every value comes back`, (t) => {
    const grammar: Grammar = { [name]: '1' }
    fc.assert(
      fc.property(arbitraryValue(name, 0), (value) => {
        const decoded = decodeGroup(grammar, encodeGroup(grammar, { [name]: value }))
        t.deepEqual(withoutOffsets(decoded), { [name]: value })
      }),
      { numRuns: 60 },
    )
  })

const header = {
  proxiable: fc.boolean(),
  retransmitted: fc.boolean(),
  hopByHop: values.Unsigned32,
  endToEnd: values.Unsigned32,
}
const kinds = ['request', 'answer', 'failure'] as const

function arbitraryMessage(
  command: CommandName,
  kind: (typeof kinds)[number],
): fc.Arbitrary<EncodableMessage> {
  const { request, answer } = commands[command]
  const grammar: Grammar = kind === 'request' ? request : kind === 'answer' ? answer : errorAnswer
  // What the application of the header may be is the node's to know: 0 goes with any.
  const fixed = {
    command: fc.constant(command),
    request: fc.constant(kind === 'request'),
    error: fc.constant(false),
  }
  return fc
    .record({ ...header, ...fixed, applicationId: fc.constant(0), avps: arbitraryGroup(grammar, 1) })
    .map((message) => withResult(message, kind) as unknown as EncodableMessage)
}

/** The Result-Code says by which grammar an answer is read. */
function withResult<Value extends { avps: object }>(message: Value, kind: (typeof kinds)[number]): Value {
  if (kind === 'request') return message
  return { ...message, avps: { ...message.avps, 'Result-Code': kind === 'answer' ? 2001 : 5012 } }
}

for (const [command, { abbreviation }] of Object.entries(commands))
  for (const kind of kinds)
    test(`${command} (${abbreviation}), ${kind}: every value comes back`, (t) => {
      fc.assert(
        fc.property(arbitraryMessage(command as CommandName, kind), (message) => {
          const bytes = encodeMessage(message)
          t.is(bytes.length % 4, 0)
          t.deepEqual(withoutOffsets(decodeMessage(bytes)), message)
        }),
        { numRuns: 60 },
      )
    })

test('AVPs fill up to multiples of four', (t) => {
  for (let length = 0; length < 9; length++)
    t.is(encodeAvps([{ ...quoted, data: Buffer.alloc(length) }]).length, 8 + 4 * Math.ceil(length / 4))
})
