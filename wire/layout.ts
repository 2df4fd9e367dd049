/**
 * A run of fields as a table: one row per field, in the order on the wire. The type of the value is inferred from the table, so a
 * format is written once. Used by the IP and Mobile IP formats.
 */
import type { Field } from './field.ts'
import { WireError } from './wire-error.ts'

export type Layout = { readonly [name: string]: Field<unknown> }

/** The value that a layout describes; reserved fields are not part of it. */
export type ValueOf<Fields extends Layout> = {
  [Name in keyof Fields as Fields[Name] extends Field<void> ? never : Name]: Fields[Name] extends Field<
    infer Value
  >
    ? Value
    : never
}

/**
 * Decodes the fields that stand in `bytes` from `start` to `end`; bytes behind a layout of fixed size are left alone.
 * @throws WireError wire/truncated, wire/malformed
 */
export function decodeFields<Fields extends Layout>(
  layout: Fields,
  bytes: Buffer,
  start: number,
  end: number,
): ValueOf<Fields> {
  const value: Record<string, unknown> = {}
  let offset = start
  for (const [field, { size, decode }] of Object.entries(layout)) {
    const needed = typeof size === 'number' ? size : size.minimum
    if (end - offset < needed)
      throw new WireError('wire/truncated', `${field} needs ${needed} bytes, ${end - offset} are left`, {
        offset,
      })
    const next = typeof size === 'number' ? offset + size : end
    const decoded = decode(bytes.subarray(offset, next), { field, offset })
    if (decoded !== undefined) value[field] = decoded
    offset = next
  }
  return value as ValueOf<Fields>
}

/** The bytes of all fields. @throws WireError wire/unencodable */
export function encodeFields<Fields extends Layout>(layout: Fields, value: ValueOf<Fields>): Buffer {
  const values: Record<string, unknown> = value
  let offset = 0
  const parts = Object.entries(layout).map(([field, { encode }]) => {
    const part = encode(values[field], { field, offset })
    offset += part.length
    return part
  })
  return Buffer.concat(parts)
}

/** Bytes that a layout takes at least: all of them when no field takes the rest. */
export function minimumSize(layout: Layout): number {
  return Object.values(layout).reduce(
    (sum, { size }) => sum + (typeof size === 'number' ? size : size.minimum),
    0,
  )
}
