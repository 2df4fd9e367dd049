/** JSON of the tables of `wire/`, both ways: 64-bit numbers as decimal text, bytes as hexadecimal text, addresses as they are written. */
import { z } from 'zod'
import { ipv4Address } from '#core/config.ts'
import type { FieldShape } from '#wire/field.ts'
import type { Layout } from '#wire/layout.ts'
import type { ExtensionTable } from '#wire/mobile-ip/extension-format.ts'

export const hexadecimal = z.codec(
  z.string().regex(/^([0-9a-f]{2})*$/i, 'must be bytes in hexadecimal, such as "00ff"'),
  z.instanceof(Buffer),
  { decode: (text) => Buffer.from(text, 'hex'), encode: (bytes) => bytes.toString('hex') },
)

export const decimal = z.codec(
  z.string().regex(/^-?\d+$/, 'must be a number in decimal, as text'),
  z.bigint(),
  { decode: (text) => BigInt(text), encode: String },
)

function unsigned(bytes: number): z.ZodType {
  return z
    .int()
    .min(0)
    .max(2 ** (8 * bytes) - 1)
}

const shapes: Record<Exclude<FieldShape, 'flags' | 'reserved' | 'number'>, z.ZodType> = {
  'number-list': z.array(unsigned(1)),
  bigint: decimal,
  'ipv4-address': ipv4Address,
  'ipv4-address-list': z.array(ipv4Address),
  'link-address': z.string(),
  octets: hexadecimal,
  text: z.string(),
}

/** A property for each field; none for the reserved ones. What else a field asks for, its encoder says. */
export function layoutShape(layout: Layout): Record<string, z.ZodType> {
  const entries = Object.entries(layout).flatMap(([name, { shape, size, flagNames = [] }]) => {
    if (shape === 'reserved') return []
    if (shape === 'number') return [[name, unsigned(typeof size === 'number' ? size : size.minimum)] as const]
    if (shape !== 'flags') return [[name, shapes[shape]] as const]
    return [[name, z.strictObject(Object.fromEntries(flagNames.map((flag) => [flag, z.boolean()])))] as const]
  })
  return Object.fromEntries(entries)
}

/** The extensions of a table, and those that it does not list, discriminated by `kind`. */
export function extensionsJson(table: ExtensionTable): z.ZodType {
  const unknown = z.strictObject({
    kind: z.literal('unknown'),
    type: z.int(),
    subtype: z.int().optional(),
    data: hexadecimal,
  })
  const known = Object.entries(table).map(([kind, { fields }]) =>
    z.strictObject({ kind: z.literal(kind), ...layoutShape(fields) }),
  )
  return z.array(z.discriminatedUnion('kind', [unknown, ...known]))
}

/** A decoded message without the places of its extensions: an encoder fixes them anew. */
export function withoutPlaces(message: object): object {
  if (!('extensions' in message) || !Array.isArray(message.extensions)) return message
  return { ...message, extensions: message.extensions.map(({ offset: _, end: __, ...value }) => value) }
}
