import type { FixedType } from './attribute-type.ts'
import type { MessageWriter } from './message-writer.ts'
import { malformed, named } from './netlink-error.ts'
import { type StructField, structCode } from './struct-code.ts'

/** Bytes without a meaning between the fields of a C structure. */
interface Padding {
  readonly padding: number
}

/** So many bytes of a structure that mean nothing: written as zeros. */
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
  readonly #layout: readonly StructField[]
  #compiled: ReturnType<typeof structCode> | undefined
  readonly #failed: (name: string, cause: unknown) => unknown

  constructor(kernelName: string, fields: F) {
    this.kernelName = kernelName
    this.fields = fields
    this.#failed = (name, cause) => named(`${kernelName}.${name}`, cause)
    let offset = 0
    this.#layout = Object.entries(fields).map(([name, field]) => {
      const size = 'read' in field ? field.size : field.padding
      const placed = { name, type: 'read' in field ? field : undefined, offset, size }
      offset += size
      return placed
    })
    this.size = offset
  }

  get #code() {
    this.#compiled ??= structCode(this.#layout)
    return this.#compiled
  }

  read(bytes: Buffer, start: number, end: number): StructValue<F> {
    if (end - start < this.size)
      throw malformed(`struct ${this.kernelName} of ${end - start} bytes where ${this.size} are due`)
    // Each key was filled by the field of its name.
    return this.#code.read(bytes, start) as StructValue<F>
  }

  write(writer: MessageWriter, value: StructInput<F>): void {
    this.#code.write(writer, value, this.#failed)
  }
}

/** A structure by its name in the kernel's headers. */
export function struct<const F extends Fields>(kernelName: string, fields: F): Struct<F> {
  return new Struct(kernelName, fields)
}
