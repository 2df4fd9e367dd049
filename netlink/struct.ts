import type { FixedType } from './attribute-type.ts'
import type { MessageWriter } from './message-writer.ts'
import { malformed, writeNamed } from './netlink-error.ts'

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

  constructor(kernelName: string, fields: F) {
    this.kernelName = kernelName
    this.fields = fields
    this.size = Object.values(fields).reduce((sum, field) => sum + sizeOf(field), 0)
  }

  read(bytes: Buffer, start: number, end: number): StructValue<F> {
    if (end - start < this.size)
      throw malformed(`struct ${this.kernelName} of ${end - start} bytes where ${this.size} are due`)
    const value: Record<string, unknown> = {}
    let offset = start
    for (const name in this.fields) {
      const field: Fields[string] | undefined = this.fields[name]
      if (field === undefined) continue
      if ('read' in field) value[name] = field.read(bytes, offset, offset + field.size, value)
      offset += sizeOf(field)
    }
    // Each key was filled by the field of its name.
    return value as StructValue<F>
  }

  write(writer: MessageWriter, value: StructInput<F>): void {
    const given: Record<string, unknown> = value
    for (const name in this.fields) {
      const field: Fields[string] | undefined = this.fields[name]
      if (field === undefined) continue
      if ('write' in field && given[name] !== undefined)
        writeNamed(`${this.kernelName}.${name}`, () => field.write(writer, given[name]))
      else writer.reserve(sizeOf(field))
    }
  }
}

/** A structure by its name in the kernel's headers. */
export function struct<const F extends Fields>(kernelName: string, fields: F): Struct<F> {
  return new Struct(kernelName, fields)
}

function sizeOf(field: FixedType<unknown> | Padding): number {
  return 'padding' in field ? field.padding : field.size
}
