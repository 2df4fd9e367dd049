/** Every row of every table, with random values: encoded, then decoded to the same value. */
import test from 'ava'
import fc from 'fast-check'
import { arbitraryBuffer, arbitraryFields } from '../golden/arbitrary.ts'
import {
  type AdvertisementExtension,
  type AgentAdvertisement,
  advertisementExtensions,
  decodeAgentAdvertisement,
  encodeAgentAdvertisement,
} from './agent-advertisement.ts'
import type { ExtensionTable } from './extension-format.ts'
import {
  decodeMobileIpMessage,
  encodeMobileIpMessage,
  type MessageFormat,
  type MobileIpMessage,
  messageFormats,
} from './message.ts'

function arbitraryExtensions(table: ExtensionTable): fc.Arbitrary<object[]> {
  const known = Object.entries(table).map(([kind, { fields }]) =>
    arbitraryFields(fields).map((value) => ({ kind, ...value })),
  )
  const numbers = new Set(Object.values(table).map(({ type }) => type))
  const skippable = fc.integer({ min: 128, max: 255 }).filter((type) => !numbers.has(type))
  const unknown = fc.record({ kind: fc.constant('unknown'), type: skippable, data: arbitraryBuffer(0) })
  return fc.array(fc.oneof(...known, unknown), { maxLength: 12 })
}

function withoutPlaces<Message extends object>(message: Message): object {
  if (!('extensions' in message) || !Array.isArray(message.extensions)) return message
  return { ...message, extensions: message.extensions.map(({ offset: _, end: __, ...value }) => value) }
}

const formats: [string, MessageFormat][] = Object.entries(messageFormats)

for (const [type, { fields, optional, extensions }] of formats)
  test(`${type}: every value comes back`, (t) => {
    const arbitrary = fc
      .tuple(
        arbitraryFields(fields),
        optional ? fc.option(arbitraryFields(optional.fields), { nil: {} }) : fc.constant({}),
        extensions ? arbitraryExtensions(extensions) : fc.constant(undefined),
      )
      .map(([fixed, more, list]) => ({ type, ...fixed, ...more, ...(list && { extensions: list }) }))
      .map((value) => coherent(value))
    fc.assert(
      fc.property(arbitrary, (value) => {
        // The value was made from the rows that the type is inferred from.
        const bytes = encodeMobileIpMessage(value as unknown as MobileIpMessage<unknown>)
        t.deepEqual(withoutPlaces(decodeMobileIpMessage(bytes)), value)
      }),
      { numRuns: 500 },
    )
  })

/** A Binding Update's flag tells of its identification; a Binding Acknowledge without one ends there. */
function coherent(value: { type: string; flags?: unknown; identification?: unknown }): object {
  const present = value.identification !== undefined
  if (value.type === 'binding-update')
    return { ...value, flags: Object.assign({}, value.flags, { identificationPresent: present }) }
  return value.type === 'binding-acknowledge' && !present ? { ...value, extensions: [] } : value
}

test('agent advertisement: every value comes back', (t) => {
  const router = fc.record({
    address: fc.ipV4(),
    preferenceLevel: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  })
  const arbitrary = fc.record({
    type: fc.constant('agent-advertisement'),
    code: fc.integer({ min: 0, max: 255 }),
    lifetimeSeconds: fc.integer({ min: 0, max: 65535 }),
    routers: fc.array(router, { maxLength: 8 }),
    extensions: arbitraryExtensions(advertisementExtensions),
  })
  fc.assert(
    fc.property(arbitrary, (value) => {
      const bytes = encodeAgentAdvertisement(value as AgentAdvertisement<AdvertisementExtension>)
      t.deepEqual(withoutPlaces(decodeAgentAdvertisement(bytes)), { ...value })
    }),
    { numRuns: 500 },
  )
})
