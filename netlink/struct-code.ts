/**
 * The code that reads and writes one C structure, made from its table: every field by its name and at its offset, so that all values
 * of a structure have one shape and no room to spare. A loop over the table took longer, and its values more memory.
 */
import type { FixedType } from './attribute-type.ts'
import type { MessageWriter } from './message-writer.ts'

/** A field at its offset; padding has no type. */
export interface StructField {
  name: string
  type: FixedType<unknown> | undefined
  offset: number
  size: number
}

type Values = Record<string, unknown>

interface StructCode {
  read(bytes: Buffer, start: number): Values
  /** `failed` makes the error that is thrown from the name of a field and what its type threw. */
  write(writer: MessageWriter, value: Values, failed: (name: string, cause: unknown) => unknown): void
}

/** Names come from our tables only. */
export function structCode(fields: readonly StructField[]): StructCode {
  const types = fields.map(({ type }) => type)
  const constants = types.map((_, index) => `const type${index} = types[${index}]`).join('\n')
  const reads = fields.map(({ name, type, offset, size }, index) => {
    const [from, to] = [`start + ${offset}`, `start + ${offset + size}`]
    return type ? `this[${JSON.stringify(name)}] = type${index}.read(bytes, ${from}, ${to}, this)` : ''
  })
  // The whole structure was reserved, as zeros. A type that can only append does so at the place of its field.
  const writes = fields.map(({ name, type, offset }, index) => {
    if (!type) return ''
    const key = JSON.stringify(name)
    const put = `type${index}.put(writer, start + ${offset}, own)`
    const write = type.put ? put : `{ writer.length = start + ${offset}; type${index}.write(writer, own) }`
    return `name = ${key}; own = value[${key}]; if (own !== undefined) ${write}`
  })
  const last = fields.at(-1)
  const bytes = last ? last.offset + last.size : 0
  return new Function(
    'types',
    `${constants}
    function Value(bytes, start) {
      ${reads.join('\n')}
    }
    // A plain object. Made by a function, for then V8 reserves the room that attributes behind the structure take, too.
    Value.prototype = Object.prototype
    return {
      read: (bytes, start) => new Value(bytes, start),
      write(writer, value, failed) {
        const start = writer.reserve(${bytes})
        let name, own
        try {
          ${writes.join('\n')}
        } catch (cause) {
          throw failed(name, cause)
        }
        writer.length = start + ${bytes}
      },
    }`,
  )(types)
}
