import type { Decoded, Encodable } from './attribute.ts'
import type { AttributeType, Siblings } from './attribute-type.ts'

type KeyedTypes = Record<string, AttributeType<unknown>>

/** Of a `selectedBy`: one key, that of the kind, with the kind's value; `unknown` holds the payload of any other kind. */
export type Selected<Types> = { -readonly [Kind in keyof Types]?: Decoded<Types[Kind]> } & {
  unknown?: Buffer
}
export type Selectable<Types> = {
  readonly [Kind in keyof Types]?: Encodable<Types[Kind]> | undefined
} & { readonly unknown?: Buffer | undefined }

/**
 * A payload whose layout depends on an attribute before it (`IFLA_INFO_DATA` on `IFLA_INFO_KIND`, `TCA_OPTIONS` on `TCA_KIND`).
 * `by` is our name of that attribute. The value is an object with the one key of the kind: `{ kind: 'gre', data: { gre: {...} } }`.
 */
export function selectedBy<const Types extends KeyedTypes>(
  by: string,
  types: Types,
): AttributeType<Selected<Types>, Selectable<Types>> {
  const typeFor = (siblings: Siblings): [string, AttributeType<unknown> | undefined] => {
    const kind = String(siblings[by])
    return [kind, Object.hasOwn(types, kind) ? types[kind] : undefined]
  }
  return {
    read(bytes, start, end, siblings) {
      const [kind, type] = typeFor(siblings)
      const value = type
        ? { [kind]: type.read(bytes, start, end, siblings) }
        : { unknown: Buffer.from(bytes.subarray(start, end)) }
      // The key is the kind, and its value was read by the type of that kind.
      return value as Selected<Types>
    },
    write(writer, value) {
      const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
      const [kind, inner] = entries[0] ?? []
      if (kind === undefined || entries.length > 1)
        throw new RangeError(`exactly one of ${Object.keys(types).join(', ')} is due, got ${entries.length}`)
      if (Buffer.isBuffer(inner) && kind === 'unknown') writer.append(inner)
      else if (types[kind]) types[kind].write(writer, inner)
      else throw new RangeError(`the kind "${kind}" is none of ${Object.keys(types).join(', ')}`)
    },
    locate(bytes, start, end, offset, siblings) {
      return typeFor(siblings)[1]?.locate?.(bytes, start, end, offset, siblings)
    },
  }
}
