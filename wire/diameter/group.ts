import { WireError } from '../wire-error.ts'
import { avpFlag, decodeAvps, encodeAvp, encodeAvps, type RawAvp } from './avp.ts'
import type { AvpRow, Grammar } from './avp-table.ts'
import type { AvpValue, Group } from './avps.ts'
import { type AvpName, avpName, avpRow, dictionary } from './dictionary.ts'
import { resultCode } from './result-code.ts'
import { formats } from './value.ts'

/**
 * Names and interprets AVPs by a grammar. AVPs that it does not name are kept in `unknown`.
 * @throws wire/malformed with Result-Code 3009, 5001, 5004, 5005, 5009 or 5014 and the AVP for Failed-AVP
 */
export function decodeGroup<Members extends Grammar>(
  grammar: Members,
  avps: readonly RawAvp[],
): Group<Members> {
  const group: Record<string, unknown> = {}
  const unknown: RawAvp[] = []
  for (const avp of avps) {
    const name = avpName(avp.vendorId, avp.code)
    const cardinality = name === undefined ? undefined : grammar[name]
    if (name === undefined && (avp.flags & avpFlag.mandatory) !== 0)
      throw refuse(avp, resultCode.avpUnsupported, `AVP ${avp.code} must be understood, and is not`)
    if (name === undefined || cardinality === undefined) {
      unknown.push(avp)
      continue
    }
    if (avp.vendorId === 0 && (avp.flags & avpFlag.vendor) !== 0)
      throw refuse(avp, resultCode.invalidAvpBits, `${name} has the V flag without a vendor`)
    const value = decodeValue(name, avp)
    const present = group[name]
    if (cardinality === '1' || cardinality === '0-1') {
      if (present !== undefined)
        throw refuse(avp, resultCode.avpOccursTooManyTimes, `${name} occurs more than once`)
      group[name] = value
    } else if (Array.isArray(present)) present.push(value)
    else group[name] = [value]
  }
  for (const [name, cardinality] of Object.entries(grammar))
    if ((cardinality === '1' || cardinality === '1*') && group[name] === undefined)
      throw refuse(emptyAvp(name), resultCode.missingAvp, `${name} is missing`)
  if (unknown.length > 0) group.unknown = unknown
  // Each member was read by the row that its type is inferred from, and its cardinality was checked above.
  return group as Group<Members>
}

/** The AVPs of this name, not interpreted. */
export function avpsNamed(avps: readonly RawAvp[], name: AvpName): RawAvp[] {
  const row: AvpRow = dictionary[name]
  return avps.filter(({ code, vendorId }) => code === row.code && vendorId === (row.vendorId ?? 0))
}

/** The value of the first AVP of this name, or undefined. @throws wire/malformed */
export function firstValue<Name extends AvpName>(
  avps: readonly RawAvp[],
  name: Name,
): AvpValue<Name> | undefined {
  const [avp] = avpsNamed(avps, name)
  // Read by the row that the type is inferred from.
  return avp && (decodeValue(name, avp) as AvpValue<Name>)
}

function decodeValue(name: string, avp: RawAvp): unknown {
  const row = rowOf(name)
  if (name === 'Failed-AVP') return { unknown: decodeMembers(name, avp) } // a quotation: nothing in it is to be understood
  if (row.type === 'Grouped') return decodeGroup(row.members, decodeMembers(name, avp))
  const format = formats[row.type]
  if (format.fixed ? avp.data.length !== format.minimumBytes : avp.data.length < format.minimumBytes)
    throw refuse(
      { ...avp, data: Buffer.alloc(format.minimumBytes) },
      resultCode.invalidAvpLength,
      `${name} has ${avp.data.length} bytes of data`,
    )
  const value = format.decode(avp.data)
  if (value === undefined) throw refuse(avp, resultCode.invalidAvpValue, `${name} holds no ${row.type}`)
  return value
}

function decodeMembers(name: string, avp: RawAvp): RawAvp[] {
  const headerBytes = (avp.flags & avpFlag.vendor) === 0 ? 8 : 12
  try {
    return decodeAvps(avp.data, (avp.offset ?? 0) + headerBytes)
  } catch (cause) {
    const group = { ...avp, data: Buffer.alloc(0) }
    throw refuse(group, resultCode.invalidAvpLength, `the members of ${name} do not fill it`, cause)
  }
}

/**
 * The AVPs of a value, in the order of its own keys, but Session-Id first as RFC 6733, section 3.2, wants it.
 * @throws wire/unencodable for a missing or unknown member, or a value that its format cannot hold
 */
export function encodeGroup(grammar: Grammar, group: object): RawAvp[] {
  const members = new Map<string, unknown>(Object.entries(group).filter(([, value]) => value !== undefined))
  for (const [name, cardinality] of Object.entries(grammar))
    if ((cardinality === '1' || cardinality === '1*') && !members.has(name))
      throw unencodable(`${name} is missing`)
  const avps: RawAvp[] = []
  for (const [name, value] of members) {
    if (name === 'unknown') continue
    const cardinality = grammar[name]
    if (cardinality === undefined) throw unencodable(`the grammar has no member ${name}`)
    const values: unknown[] = cardinality === '1' || cardinality === '0-1' ? [value] : toArray(name, value)
    const encoded = values.map((each) => encodeNamedAvp(name, each))
    if (name === 'Session-Id') avps.unshift(...encoded)
    else avps.push(...encoded)
  }
  return [...avps, ...unknownAvps(members.get('unknown'))]
}

/** One AVP by its name in the dictionary. @throws wire/unencodable */
export function encodeNamedAvp(name: string, value: unknown): RawAvp {
  const row = rowOf(name)
  const flags = (row.vendorId === undefined ? 0 : avpFlag.vendor) | (row.mandatory ? avpFlag.mandatory : 0)
  return { code: row.code, flags, vendorId: row.vendorId ?? 0, data: encodeValue(name, row, value) }
}

function encodeValue(name: string, row: AvpRow, value: unknown): Buffer {
  if (row.type === 'Grouped') {
    if (typeof value !== 'object' || value === null) throw unencodable(`${name} is a group of AVPs`)
    return encodeAvps(encodeGroup(row.members, value))
  }
  const data = formats[row.type].encode(value)
  if (data === undefined) throw unencodable(`${name} cannot hold ${String(value)} as ${row.type}`)
  return data
}

function toArray(name: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  throw unencodable(`${name} may repeat: its value is an array`)
}

function unknownAvps(value: unknown): RawAvp[] {
  return Array.isArray(value) ? value : []
}

function rowOf(name: string): AvpRow {
  const row = avpRow(name)
  if (row === undefined) throw unencodable(`the dictionary has no AVP ${name}`)
  return row
}

/** RFC 6733, section 7.5: an example of the missing AVP, zero filled, of the least length that its format allows. */
function emptyAvp(name: string): RawAvp {
  const row = rowOf(name)
  const data = Buffer.alloc(row.type === 'Grouped' ? 0 : formats[row.type].minimumBytes)
  const flags = (row.vendorId === undefined ? 0 : avpFlag.vendor) | (row.mandatory ? avpFlag.mandatory : 0)
  return { code: row.code, flags, vendorId: row.vendorId ?? 0, data }
}

function refuse(avp: RawAvp, code: number, message: string, cause?: unknown): WireError {
  return new WireError('wire/malformed', message, {
    offset: avp.offset ?? 0,
    resultCode: code,
    failedAvp: encodeAvp(avp),
    cause,
  })
}

function unencodable(message: string): WireError {
  return new WireError('wire/unencodable', message, { offset: 0 })
}
