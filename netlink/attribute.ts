/**
 * Attributes: `struct nlattr` (linux/netlink.h), a length, a number and a payload padded to four bytes. An object's attributes are
 * one table, a row each: our name, the number, the kernel's name, the type. A table is itself a type, that of a nested attribute.
 * Types are inferred from the table. Attributes are written in the order of the value's keys, so that what was decoded is
 * encoded again as it was; attributes that the table lacks are kept in `unknown` and written last.
 */
import { type AttributeType, copyOf } from './attribute-type.ts'
import type { MessageWriter } from './message-writer.ts'
import { malformed, NetlinkError, named } from './netlink-error.ts'

/** Number, name in the kernel's header, type. */
export type AttributeRow = readonly [number: number, kernelName: string, type: AttributeType<unknown>]
export type AttributeRows = Record<string, AttributeRow>

/** An attribute without a row. `number` holds the flag bits too. */
export interface UnknownAttribute {
  number: number
  payload: Buffer
}

/** What decoding attributes by these rows gives. */
export type DecodedAttributes<Rows> = {
  -readonly [Name in keyof Rows]?: Rows[Name] extends readonly [
    number,
    string,
    AttributeType<infer Value, never>,
  ]
    ? Value
    : never
} & { unknown?: UnknownAttribute[] }

/** What can be encoded by these rows; a key that is undefined is left out. */
export type EncodableAttributes<Rows> = {
  readonly [Name in keyof Rows]?:
    | (Rows[Name] extends readonly [
        number,
        string,
        { write(writer: MessageWriter, value: infer Input): void },
      ]
        ? Input
        : never)
    | undefined
} & { readonly unknown?: readonly UnknownAttribute[] | undefined }

/** The value that a table (or any other type) decodes to, and what it can encode. */
export type Decoded<Type> = Type extends { read(...parameters: never[]): infer Value } ? Value : never
export type Encodable<Type> = Type extends { write(writer: MessageWriter, value: infer Input): void }
  ? Input
  : never

/** A row as decoding and encoding need it. */
interface NamedRow {
  name: string
  number: number
  kernelName: string
  type: AttributeType<unknown>
}

const headerBytes = 4
export const NLA_F_NESTED = 0x8000
const numberMask = 0x3fff

/** A table of attributes as a type: reads and writes the attributes of one nest or message. */
export class AttributeTable<Rows extends AttributeRows>
  implements AttributeType<DecodedAttributes<Rows>, EncodableAttributes<Rows>>
{
  readonly rows: Rows
  readonly nestedFlag: boolean
  readonly #byNumber: NamedRow[] = []
  readonly #byName = new Map<string, NamedRow>()
  readonly #Value = plainObjects()

  constructor(rows: Rows, nestedFlag = false) {
    this.rows = rows
    this.nestedFlag = nestedFlag
    for (const name in rows) {
      const row = rows[name]
      if (row === undefined) continue
      const [number, kernelName, type] = row
      const named = { name, number, kernelName, type }
      this.#byNumber[number] = named
      this.#byName.set(name, named)
    }
  }

  read(bytes: Buffer, start: number, end: number): DecodedAttributes<Rows> {
    const value = new this.#Value()
    this.readInto(value, bytes, start, end)
    // Each key was filled by the row of its name.
    return value as DecodedAttributes<Rows>
  }

  /** Adds the attributes to an object that holds a message's header already. */
  readInto(value: Record<string, unknown>, bytes: Buffer, start: number, end: number): void {
    let unknown: UnknownAttribute[] | undefined
    // The loop of attributesIn, written out: every attribute of a dump comes by here.
    for (let offset = start; offset + headerBytes <= end; ) {
      const length = attributeLength(bytes, offset, end)
      const number = bytes.readUInt16LE(offset + 2)
      const known = this.#byNumber[number & numberMask]
      const from = offset + headerBytes
      const to = offset + length
      // Of a repeated attribute the kernel takes the last; the later ones are written last, so that it still does.
      if (known === undefined || value[known.name] !== undefined) {
        unknown ??= []
        unknown.push({ number, payload: copyOf(bytes, from, to) })
      } else value[known.name] = known.type.read(bytes, from, to, value)
      offset += (length + 3) & ~3
    }
    if (unknown !== undefined) value.unknown = unknown
  }

  write(writer: MessageWriter, value: EncodableAttributes<Rows>): void {
    this.writeOthers(writer, value, {})
  }

  /** Writes all keys except those of `header`, which the caller has written. */
  writeOthers(writer: MessageWriter, value: object, header: object): void {
    const given = value as Readonly<Record<string, unknown>>
    for (const name in given) {
      const own = given[name]
      if (own === undefined) continue
      const row = this.#byName.get(name)
      if (row !== undefined) writeAttribute(writer, row, own)
      else if (name !== 'unknown' && !Object.hasOwn(header, name))
        throw new NetlinkError('wire/unencodable', `no attribute is named "${name}"`)
    }
    const { unknown } = value as { unknown?: UnknownAttribute[] }
    if (unknown === undefined) return
    for (const { number, payload } of unknown) writeFramed(writer, number, () => writer.append(payload))
  }

  locate(bytes: Buffer, start: number, end: number, offset: number): string | undefined {
    const siblings: Record<string, unknown> = {}
    for (const { number, from, to } of attributesIn(bytes, start, end)) {
      const known = this.#byNumber[number & numberMask]
      if (known === undefined) {
        if (offset < to) return `attribute ${number & numberMask}`
        continue
      }
      const { name, kernelName, type } = known
      if (offset >= to) {
        siblings[name] = type.read(bytes, from, to, siblings)
        continue
      }
      const inner = offset >= from ? type.locate?.(bytes, from, to, offset, siblings) : undefined
      return inner === undefined ? kernelName : `${kernelName}.${inner}`
    }
    return undefined
  }

  /** The kernel's name of an attribute of this table. */
  kernelName(number: number): string {
    return this.#byNumber[number]?.kernelName ?? `attribute ${number}`
  }
}

/**
 * Makes empty plain objects. Each table has a constructor of its own, for then V8 learns how many keys these objects get, and
 * reserves that room in one piece.
 */
function plainObjects(): new () => Record<string, unknown> {
  function Value(this: object) {}
  Value.prototype = Object.prototype
  // A function with a prototype is a constructor.
  return Value as unknown as new () => Record<string, unknown>
}

/** A table of attributes: `{ mtu: [4, 'IFLA_MTU', u32] }`. */
export function attributes<const Rows extends AttributeRows>(rows: Rows): AttributeTable<Rows> {
  return new AttributeTable(rows)
}

/** The same table, for an attribute that is sent with NLA_F_NESTED. */
export function flagged<Rows extends AttributeRows>(table: AttributeTable<Rows>): AttributeTable<Rows> {
  return new AttributeTable(table.rows, true)
}

function writeAttribute(writer: MessageWriter, { number, kernelName, type }: NamedRow, value: unknown): void {
  const start = writer.reserve(headerBytes)
  try {
    type.write(writer, value)
    endFrame(writer, start, type.nestedFlag ? number + NLA_F_NESTED : number)
  } catch (cause) {
    throw named(kernelName, cause)
  }
}

/** Writes one attribute around what `payload` writes. */
export function writeFramed(writer: MessageWriter, number: number, payload: () => void): void {
  const start = writer.reserve(headerBytes)
  payload()
  endFrame(writer, start, number)
}

function endFrame(writer: MessageWriter, start: number, number: number): void {
  writer.bytes.writeUInt16LE(writer.length - start, start)
  writer.bytes.writeUInt16LE(number, start + 2)
  writer.align()
}

function attributeLength(bytes: Buffer, offset: number, end: number): number {
  const length = bytes.readUInt16LE(offset)
  if (length < headerBytes || offset + length > end)
    throw malformed(`attribute of ${length} bytes where ${end - offset} are left`)
  return length
}

/** Walks over attributes: number with flags, and where the payload begins and ends. @throws netlink/malformed */
export function* attributesIn(
  bytes: Buffer,
  start: number,
  end: number,
): Generator<{ number: number; from: number; to: number }> {
  for (let offset = start; offset + headerBytes <= end; ) {
    const length = attributeLength(bytes, offset, end)
    yield { number: bytes.readUInt16LE(offset + 2), from: offset + headerBytes, to: offset + length }
    offset += (length + 3) & ~3
  }
}
