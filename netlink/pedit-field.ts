/** Fields of packet headers by the names that `tc ... pedit munge` has for them, as words of 32 bits to be edited. */
import { linkAddress } from './attribute-type.ts'
import { commandLine } from './command-line.ts'
import { decodeIp, encodeIp } from './ip-address.ts'

interface Field {
  /** Bytes from the start of its header. */
  offset: number
  bytes: number
  /** Where the field is less than its bytes: its bits, and how far left of the end of the bytes they stand. */
  bits?: number
  shift?: number
  /** An address in text instead of a number. */
  address?: 'ip' | 'link'
}

const fields = {
  eth: {
    dst: { offset: 0, bytes: 6, address: 'link' },
    src: { offset: 6, bytes: 6, address: 'link' },
    type: { offset: 12, bytes: 2 },
  },
  ip: {
    ihl: { offset: 0, bytes: 1, bits: 0x0f },
    dsfield: { offset: 1, bytes: 1 },
    ttl: { offset: 8, bytes: 1 },
    protocol: { offset: 9, bytes: 1 },
    src: { offset: 12, bytes: 4, address: 'ip' },
    dst: { offset: 16, bytes: 4, address: 'ip' },
  },
  ip6: {
    traffic_class: { offset: 0, bytes: 4, bits: 0xff, shift: 20 },
    flow_lbl: { offset: 0, bytes: 4, bits: 0xfffff },
    payload_len: { offset: 4, bytes: 2 },
    nexthdr: { offset: 6, bytes: 1 },
    hoplimit: { offset: 7, bytes: 1 },
    src: { offset: 8, bytes: 16, address: 'ip' },
    dst: { offset: 24, bytes: 16, address: 'ip' },
  },
  tcp: { sport: { offset: 0, bytes: 2 }, dport: { offset: 2, bytes: 2 }, flags: { offset: 13, bytes: 1 } },
  udp: { sport: { offset: 0, bytes: 2 }, dport: { offset: 2, bytes: 2 } },
} as const satisfies Record<string, Record<string, Field>>

export type PeditHeader = keyof typeof fields
export type PeditField<Header extends PeditHeader> = keyof (typeof fields)[Header] & string

/** One word to be edited. The kernel computes `(word & mask) ^ value`, or with `add` the sum of the word's other bits and `value`. */
export interface PeditWord {
  /** `network`: from the start of the network header, whatever it is. */
  header: PeditHeader | 'network' | number
  command: 'set' | 'add' | number
  /** A multiple of 4. */
  offset: number
  /** Bits that stay. */
  mask: number
  value: number
}

export interface Munge {
  /** `add` wraps around within the field. */
  command?: 'set' | 'add'
  /** Bits of the field that are written (the kernel keeps the others); all when absent. For numbers only. */
  retain?: number
}

/** Like `munge ip dsfield set 0xb8 retain 0xfc`. An address is given in text, any other field as a number. */
export function munge<Header extends PeditHeader>(
  header: Header,
  field: PeditField<Header>,
  value: number | string,
  { command = 'set', retain }: Munge = {},
): PeditWord[] {
  const rows: Record<string, Field> = fields[header]
  const row = rows[field]
  if (row === undefined) throw new RangeError(`the header ${header} has no field "${field}"`)
  return wordsOf(row, value, retain).map((word) => ({ header, command, ...word }))
}

/**
 * So many bytes, 1, 2 or 4 within one word, at an offset from the network header. Like `munge offset N u16 set VALUE retain BITS`.
 */
export function mungeOffset(
  offset: number,
  bytes: 1 | 2 | 4,
  value: number,
  { command = 'set', retain }: Munge = {},
): PeditWord[] {
  return wordsOf({ offset, bytes }, value, retain).map((word) => ({ header: 'network', command, ...word }))
}

/** The words that a field stands in. */
function wordsOf(field: Field, value: number | string, retain = bitsOf(field)) {
  const before = field.offset % 4
  const written = Buffer.alloc(Math.ceil((before + field.bytes) / 4) * 4)
  const values = Buffer.alloc(written.length)
  if (typeof value === 'string') {
    const address = encodeAddress(value)
    if (address.length !== field.bytes) throw new RangeError(`"${value}" has not ${field.bytes} bytes`)
    address.copy(values, before)
    written.fill(0xff, before, before + field.bytes)
  } else {
    if (value < 0 || value > bitsOf(field)) throw new RangeError(`${value} has more bits than its field`)
    const { shift = 0, bytes } = field
    written.writeUIntBE(((retain & bitsOf(field)) << shift) >>> 0, before, bytes)
    values.writeUIntBE(((value & retain) << shift) >>> 0, before, bytes)
  }
  return Array.from({ length: written.length / 4 }, (_, word) => ({
    offset: field.offset - before + word * 4,
    mask: ~written.readUInt32BE(word * 4) >>> 0,
    value: values.readUInt32BE(word * 4),
  }))
}

function bitsOf({ bytes, bits }: Field): number {
  return bits ?? 2 ** (bytes * 8) - 1
}

function encodeAddress(address: string): Buffer {
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(address)
    ? Buffer.from(address.replaceAll(':', ''), 'hex')
    : encodeIp(address)
}

/** The words as `munge ...`, those of one address together. What has no name in `tc` is written by its offset. */
export function renderWords(words: readonly PeditWord[]): string[] {
  const [first, ...others] = words
  if (first === undefined) return []
  const { header, command } = first
  const rows: Record<string, Field> = typeof header === 'string' && header !== 'network' ? fields[header] : {}
  for (const [name, field] of Object.entries(rows)) {
    const count = Math.ceil(((field.offset % 4) + field.bytes) / 4)
    const taken = words.slice(0, count)
    if (taken.length < count || taken.some((word) => word.header !== header || word.command !== command))
      continue
    const value = settingOf(field, taken)
    if (value !== undefined)
      return [commandLine('munge', header, name, command, value), ...renderWords(words.slice(count))]
  }
  return [renderByOffset(first), ...renderWords(others)]
}

/** What the words set the field to, unless they are not those of the field. */
function settingOf(field: Field, words: readonly PeditWord[]): string | undefined {
  const before = field.offset % 4
  const written = Buffer.alloc(words.length * 4)
  const values = Buffer.alloc(words.length * 4)
  for (const [index, { offset, mask, value }] of words.entries()) {
    if (offset !== field.offset - before + index * 4 || (value & mask) !== 0) return undefined
    written.writeUInt32BE(~mask >>> 0, index * 4)
    values.writeUInt32BE(value, index * 4)
  }
  const inside = [before, before + field.bytes] as const
  const outside = [written.subarray(0, before), written.subarray(inside[1])]
  if (outside.some((bytes) => bytes.some((byte) => byte !== 0))) return undefined
  if (field.address !== undefined) {
    if (written.subarray(...inside).some((byte) => byte !== 0xff)) return undefined
    const bytes = values.subarray(...inside)
    return field.address === 'ip' ? decodeIp(bytes) : linkAddress.read(bytes, 0, bytes.length, {})
  }
  const { shift = 0 } = field
  const retain = written.readUIntBE(before, field.bytes)
  if (retain === 0 || retain % 2 ** shift !== 0 || retain / 2 ** shift > bitsOf(field)) return undefined
  return renderNumber(values.readUIntBE(before, field.bytes) >>> shift, retain >>> shift, field)
}

/** `tc` writes 19 of the 20 bits of a flow label when it is not told. */
function renderNumber(value: number, retain: number, field: Field): string {
  const all = retain === bitsOf(field) && retain !== 0xfffff
  return `0x${value.toString(16)}${all ? '' : ` retain 0x${retain.toString(16)}`}`
}

function renderByOffset({ header, command, offset, mask, value }: PeditWord): string {
  const from = header === 'network' ? 'munge' : `munge ${header}`
  for (const bytes of [2, 1])
    for (let at = 0; at < 4; at += bytes) {
      const shift = (4 - at - bytes) * 8
      const bits = 2 ** (bytes * 8) - 1
      if (~mask >>> 0 === (bits << shift) >>> 0)
        return `${from} offset ${offset + at} u${bytes * 8} ${command} 0x${((value >>> shift) & bits).toString(16)}`
    }
  return `${from} offset ${offset} u32 ${command} ${renderNumber(value, ~mask >>> 0, { offset, bytes: 4 })}`
}
