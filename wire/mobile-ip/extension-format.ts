/**
 * The three layouts of an extension (RFC 5944, sections 1.9 to 1.11) and one coder for every table of extensions: registration
 * messages and ICMP advertisements have number spaces of their own.
 */
import { type Field, uint8, uint16 } from '../field.ts'
import { decodeFields, encodeFields, type Layout, minimumSize, type ValueOf } from '../layout.ts'
import { WireError } from '../wire-error.ts'

/** What stands between the type byte and the data, by form (RFC 5944, sections 1.9 to 1.11). */
const headers = {
  /** The type alone: padding. */
  'single-byte': {},
  short: { length: uint8 },
  /** The length counts the subtype. */
  'short-with-subtype': { length: uint8, subtype: uint8 },
  long: { subtype: uint8, length: uint16 },
} as const satisfies Record<string, { readonly [name: string]: Field<number> }>

export type ExtensionForm = keyof typeof headers

/** Bytes before the data, the type included. */
export function extensionHeaderBytes(form: ExtensionForm): number {
  return 1 + minimumSize(headers[form])
}

function bytesCountedInHeader(form: ExtensionForm): number {
  return form === 'short-with-subtype' ? 1 : 0
}

export interface ExtensionRow {
  readonly type: number
  /** Absent in a long form: the byte is reserved. */
  readonly subtype?: number
  readonly form: ExtensionForm
  readonly fields: Layout
}

export type ExtensionTable = { readonly [kind: string]: ExtensionRow }

/** An extension of a number (or subtype) from 128 to 255 that the table does not list: skipped, but kept. */
export interface UnknownExtension {
  kind: 'unknown'
  type: number
  subtype?: number
  data: Buffer
}

/** Any extension of a table, discriminated by `kind`. */
export type ExtensionOf<Table extends ExtensionTable> =
  | { [Kind in keyof Table]: { kind: Kind } & ValueOf<Table[Kind]['fields']> }[keyof Table]
  | UnknownExtension

/** Where a decoded extension stands in its message: from byte `offset`, up to and without byte `end`. */
export interface Placement {
  readonly offset: number
  readonly end: number
}
export type Placed<Extension> = Extension & Placement

/** The rows of each table by their number, sorted once. */
const sortedTables = new WeakMap<ExtensionTable, ReadonlyMap<number, [kind: string, row: ExtensionRow][]>>()

function rowsOf(table: ExtensionTable): ReadonlyMap<number, [kind: string, row: ExtensionRow][]> {
  const known = sortedTables.get(table)
  if (known) return known
  const sorted = Map.groupBy(Object.entries(table), ([, { type }]) => type)
  sortedTables.set(table, sorted)
  return sorted
}

/** The header of the extension at `offset`: its subtype where the form has one, and where its data begins and ends. */
function decodeHeader(form: ExtensionForm, bytes: Buffer, offset: number) {
  const fields: { readonly [name: string]: Field<number> } = headers[form]
  const { length = 0, subtype } = decodeFields(fields, bytes, offset + 1, bytes.length)
  const dataStart = offset + extensionHeaderBytes(form)
  return { dataStart, end: dataStart + length - bytesCountedInHeader(form), subtype }
}

function encodeHeader(form: ExtensionForm, type: number, subtype: number, dataLength: number): Buffer {
  const fields: { readonly [name: string]: Field<number> } = { type: uint8, ...headers[form] }
  return encodeFields(fields, { type, subtype, length: dataLength + bytesCountedInHeader(form) })
}

/**
 * Decodes the extensions from `start` to the end of the message.
 * @throws WireError wire/truncated, wire/malformed, wire/unknown-extension (a number below 128 that the table does not list: the
 * whole message must be discarded, RFC 5944, section 1.8)
 */
export function decodeExtensions<Table extends ExtensionTable>(
  table: Table,
  bytes: Buffer,
  start: number,
): Placed<ExtensionOf<Table>>[] {
  const extensions: Placed<ExtensionOf<Table>>[] = []
  for (let offset = start; offset < bytes.length; ) {
    const extension = decodeExtension(table, bytes, offset)
    extensions.push(extension)
    offset = extension.end
  }
  return extensions
}

function decodeExtension<Table extends ExtensionTable>(
  table: Table,
  bytes: Buffer,
  offset: number,
): Placed<ExtensionOf<Table>> {
  const type = bytes.readUInt8(offset)
  const rows = rowsOf(table).get(type) ?? []
  const { dataStart, end, subtype } = decodeHeader(rows[0]?.[1].form ?? 'short', bytes, offset)
  if (end > bytes.length)
    throw new WireError('wire/truncated', `extension ${type} ends ${end - bytes.length} bytes too late`, {
      offset,
    })
  if (end < dataStart) throw new WireError('wire/malformed', `extension ${type} has no subtype`, { offset })

  const known = rows.find(([, row]) => row.subtype === undefined || row.subtype === subtype)
  if (known) {
    const [kind, { fields }] = known
    const value = decodeFields(fields, bytes, dataStart, end)
    const takesRest = Object.values(fields).some(({ size }) => typeof size !== 'number')
    if (!takesRest && dataStart + minimumSize(fields) !== end)
      throw new WireError('wire/malformed', `extension ${kind} has the wrong length`, { offset })
    // The row was found by its kind, so its fields are the kind's; the compiler cannot follow that through the table.
    return { kind, ...value, offset, end } as unknown as Placed<ExtensionOf<Table>>
  }
  if (type < 128)
    throw new WireError(
      'wire/unknown-extension',
      `extension ${type}${subtype === undefined ? '' : `, subtype ${subtype},`} is not known and must not be skipped`,
      { offset },
    )
  const data = bytes.subarray(dataStart, end)
  return { kind: 'unknown', type, ...(subtype === undefined ? {} : { subtype }), data, offset, end }
}

/** The bytes of one extension. @throws WireError wire/unencodable */
export function encodeExtension<Table extends ExtensionTable>(
  table: Table,
  extension: ExtensionOf<Table>,
): Buffer {
  if (isUnknown(extension)) {
    const { type, subtype = 0, data } = extension
    if (type < 128)
      throw new WireError('wire/unencodable', `extension ${type} cannot be skipped`, { offset: 0 })
    const form = rowsOf(table).get(type)?.[0]?.[1].form ?? 'short'
    return Buffer.concat([encodeHeader(form, type, subtype, data.length), data])
  }
  const row = table[extension.kind]
  if (!row)
    throw new WireError('wire/unencodable', `no extension is called ${String(extension.kind)}`, { offset: 0 })
  const data = encodeFields(row.fields, extension)
  return Buffer.concat([encodeHeader(row.form, row.type, row.subtype ?? 0, data.length), data])
}

function isUnknown(extension: { kind: unknown }): extension is UnknownExtension {
  return extension.kind === 'unknown'
}

/** The first extension of a kind. */
export function findExtension<Extension extends { kind: string }, Kind extends Extension['kind']>(
  extensions: readonly Extension[],
  kind: Kind,
): Extract<Extension, { kind: Kind }> | undefined {
  return extensions.find(
    (extension): extension is Extract<Extension, { kind: Kind }> => extension.kind === kind,
  )
}
