import type { Decoded, Encodable } from './attribute.ts'
import { type AttributeType, copyOf, type Siblings } from './attribute-type.ts'

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
 * `by` is our name of that attribute, or finds the kind among those before. The value is an object with the one key of the kind: `{ kind: 'gre', data: { gre: {...} } }`.
 */
export function selectedBy<const Types extends KeyedTypes>(
  by: string | ((siblings: Siblings) => unknown),
  types: Types,
): AttributeType<Selected<Types>, Selectable<Types>> {
  const kindOf = (siblings: Siblings) => String(typeof by === 'string' ? siblings[by] : by(siblings))
  const typeOf = new Map(Object.entries(types))
  return {
    read(bytes, start, end, siblings) {
      const kind = kindOf(siblings)
      const type = typeOf.get(kind)
      const value = type
        ? { [kind]: type.read(bytes, start, end, siblings) }
        : { unknown: copyOf(bytes, start, end) }
      // The key is the kind, and its value was read by the type of that kind.
      return value as Selected<Types>
    },
    write(writer, value) {
      const given: Readonly<Record<string, unknown>> = value
      let kind = ''
      let count = 0
      for (const name in given) {
        if (given[name] === undefined) continue
        kind = name
        count++
      }
      if (count !== 1)
        throw new RangeError(`exactly one of ${Object.keys(types).join(', ')} is due, got ${count}`)
      const inner = given[kind]
      const type = types[kind]
      if (Buffer.isBuffer(inner) && kind === 'unknown') writer.append(inner)
      else if (type !== undefined) type.write(writer, inner)
      else throw new RangeError(`the kind "${kind}" is none of ${Object.keys(types).join(', ')}`)
    },
    locate(bytes, start, end, offset, siblings) {
      return typeOf.get(kindOf(siblings))?.locate?.(bytes, start, end, offset, siblings)
    },
  }
}
