/** Random values of a layout, made from its table. For tests only. */
import fc from 'fast-check'
import type { FieldShape } from '../field.ts'
import type { Layout } from '../layout.ts'

const byte = fc.integer({ min: 0, max: 255 })
const ipv4 = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join('.'))
const text = fc
  .string({ minLength: 1, maxLength: 20, unit: 'binary' })
  .filter((value) => value.isWellFormed())

export function arbitraryBuffer(minLength: number, maxLength = minLength + 24): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength, maxLength }).map((bytes) => Buffer.from(bytes))
}

/** Small enough for any extension; a number has every value of its size. */
function arbitraryField({ shape, size, flagNames = [] }: Layout[string]): fc.Arbitrary<unknown> {
  const minimum = typeof size === 'number' ? size : size.minimum
  const shapes: Record<FieldShape, () => fc.Arbitrary<unknown>> = {
    number: () => fc.integer({ min: 0, max: 2 ** (8 * minimum) - 1 }),
    'number-list': () => fc.array(byte, { maxLength: 8 }),
    bigint: () => fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    'ipv4-address': () => ipv4,
    'ipv4-address-list': () => fc.array(ipv4, { maxLength: 8 }),
    'link-address': () => fc.uint8Array({ minLength: 6, maxLength: 6 }),
    octets: () => arbitraryBuffer(minimum),
    text: () => text,
    flags: () => fc.record(Object.fromEntries(flagNames.map((name) => [name, fc.boolean()]))),
    reserved: () => fc.constant(undefined),
  }
  return shapes[shape]()
}

/** A value of every field but the reserved ones, which have none. */
export function arbitraryFields(layout: Layout): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(layout).filter(([, { shape }]) => shape !== 'reserved')
  return fc.record(Object.fromEntries(fields.map(([name, field]) => [name, arbitraryField(field)])), {
    noNullPrototype: true,
  })
}
