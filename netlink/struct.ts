import type { FixedType } from './attribute-type.ts'
import type { MessageWriter } from './message-writer.ts'
import { malformed, named } from './netlink-error.ts'

/** Bytes without a meaning between the fields of a C structure. */
interface Padding {
  readonly padding: number
}

export function padding(bytes: number): Padding {
  return { padding: bytes }
}

type Fields = Record<string, FixedType<unknown> | Padding>
type NamesOf<F> = { [Name in keyof F]: F[Name] extends Padding ? never : Name }[keyof F]

export type StructValue<F> = {
  -readonly [Name in NamesOf<F>]: F[Name] extends FixedType<infer Value, never> ? Value : never
}
/** Fields that are left out are zero. */
export type StructInput<F> = {
  readonly [Name in NamesOf<F>]?:
    | (F[Name] extends { write(writer: MessageWriter, value: infer Input): void } ? Input : never)
    | undefined
}

/**
 * A C structure: its fields in order, holes written out as `padding`. A longer payload is accepted, for the kernel adds fields at
 * the end. It can be a message's family header, an attribute, or a field of another structure.
 */
export class Struct<F extends Fields> implements FixedType<StructValue<F>, StructInput<F>> {
  readonly kernelName: string
  readonly fields: F
  readonly size: number
  readonly #layout: readonly NamedField[]

  constructor(kernelName: string, fields: F) {
    this.kernelName = kernelName
    this.fields = fields
    this.#layout = Object.entries(fields).map(([name, field]) => ({
      name,
      type: 'read' in field ? field : undefined,
      size: 'read' in field ? field.size : field.padding,
    }))
    this.size = this.#layout.reduce((sum, { size }) => sum + size, 0)
  }

  read(bytes: Buffer, start: number, end: number): StructValue<F> {
    if (end - start < this.size)
      throw malformed(`struct ${this.kernelName} of ${end - start} bytes where ${this.size} are due`)
    const value: Record<string, unknown> = {}
    let offset = start
    for (const { name, type, size } of this.#layout) {
      if (type !== undefined) value[name] = type.read(bytes, offset, offset + size, value)
      offset += size
    }
    // Each key was filled by the field of its name.
    return value as StructValue<F>
  }

  write(writer: MessageWriter, value: StructInput<F>): void {
    const given: Record<string, unknown> = value
    for (const { name, type, size } of this.#layout) {
      const own = given[name]
      if (type === undefined || own === undefined) writer.reserve(size)
      else
        try {
          type.write(writer, own)
        } catch (cause) {
          throw named(`${this.kernelName}.${name}`, cause)
        }
    }
  }
}

/** A structure by its name in the kernel's headers. */
export function struct<const F extends Fields>(kernelName: string, fields: F): Struct<F> {
  return new Struct(kernelName, fields)
}

/** A field as reading and writing need it; padding has no type. */
interface NamedField {
  name: string
  type: FixedType<unknown> | undefined
  size: number
}
