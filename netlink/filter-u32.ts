import { actionAttributes, type NewAction, renderAction } from './action.ts'
import { type Police, police, policeAttributes, renderPolice } from './action-police.ts'
import { attributes, type Encodable } from './attribute.ts'
import { arrayOf } from './attribute-array.ts'
import { raw, text, u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { type Hardware, hardwareFlags, renderHardware } from './filter-hardware.ts'
import { u32Flag, type u32Key, u32Selector } from './filter-u32-selector.ts'
import { struct } from './struct.ts'
import { renderTcHandle } from './tc-handle.ts'

/** Classification by words of the packet, in linked hash tables: `TCA_U32_*` (linux/pkt_cls.h). */
export const u32Attributes = attributes({
  classId: [1, 'TCA_U32_CLASSID', u32],
  /** Table and bucket that the filter is in. */
  hashTable: [2, 'TCA_U32_HASH', u32],
  /** Table in which packets that match are looked up further. */
  link: [3, 'TCA_U32_LINK', u32],
  divisor: [4, 'TCA_U32_DIVISOR', u32],
  selector: [5, 'TCA_U32_SEL', u32Selector],
  /** A policer as it was said before there were actions. */
  police: [6, 'TCA_U32_POLICE', policeAttributes],
  actions: [7, 'TCA_U32_ACT', arrayOf(actionAttributes)],
  inputDevice: [8, 'TCA_U32_INDEV', text],
  counters: [9, 'TCA_U32_PCNT', raw],
  mark: [10, 'TCA_U32_MARK', struct('tc_u32_mark', { value: u32, mask: u32, hits: u32 })],
  flags: [11, 'TCA_U32_FLAGS', u32],
})

/** `offset` in bytes from the network header, a multiple of 4, or from the header that a link's `nextHeader` found. */
export interface U32Match {
  value: number
  mask: number
  offset: number
  fromNextHeader?: boolean
}

export interface U32Filter {
  /** Table and bucket to stand in, by `u32Handle`; the list's first table when absent. */
  hashTable?: number
  matches?: U32Match[]
  mark?: { value: number; mask: number }
  /** Where the next header begins: `plus` bytes and `(the 16 bits at "at" & mask) >> shift`; `eat`: count from there on. */
  nextHeader?: { at?: number; mask?: number; shift?: number; plus?: number; eat?: boolean }
  /** Which bits of the word at an offset in bytes choose the bucket of the linked table. */
  hashKey?: { mask: number; at: number }
  /** Table to look in, by `u32Handle`. */
  link?: number
  inputDevice?: string
  hardware?: Hardware
  classId?: number
  /** A policer that is no action; an action `police()` does the same, and more can stand beside it. */
  police?: Police
  actions?: NewAction[]
}

/** `u32Handle(2, 7, 0x800)` is what `tc` writes as `2:7:800`: hash table, bucket, filter. */
export function u32Handle(table: number, bucket = 0, filter = 0): number {
  return (table * 0x100000 + bucket * 0x1000 + filter) >>> 0
}

/** The type of a filter, for `addFilter`. Like `tc filter add ... u32 match u32 VALUE MASK at OFFSET ...`. */
export function u32Filter(filter: U32Filter) {
  const { mark, classId, link, inputDevice, actions, hashTable, hardware, nextHeader = {}, hashKey } = filter
  const { at, mask, shift, plus, eat } = nextHeader
  const variable = at !== undefined || mask !== undefined ? u32Flag.VAROFFSET : 0
  const policer = filter.police && police(filter.police).options.police
  const decides = [classId, actions, policer].some((decision) => decision !== undefined)
  const terminal = decides ? u32Flag.TERMINAL : 0
  const selector = {
    flags: terminal | (plus === undefined ? 0 : u32Flag.OFFSET) | variable | (eat ? u32Flag.EAT : 0),
    offsetShift: shift,
    offsetMask: mask,
    fixedOffset: plus,
    offsetAt: at,
    hashAt: hashKey?.at,
    hashMask: hashKey?.mask,
    keys: (filter.matches ?? []).map(({ value, mask: bits, offset, fromNextHeader }) => ({
      value,
      mask: bits,
      offset,
      offsetMask: fromNextHeader ? -1 : 0,
    })),
  }
  const flags = hardwareFlags(hardware)
  return {
    kind: 'u32',
    options: {
      u32: { mark, classId, link, inputDevice, police: policer, actions, hashTable, selector, flags },
    },
  }
}

/** A table for `link`, whose handle is the new filter's. Like `tc filter add ... handle 2: u32 divisor 256`. */
export function u32HashTable({ divisor }: { divisor: number }) {
  return { kind: 'u32', options: { u32: { divisor } } }
}

const hex = (value: number) => `0x${value.toString(16)}`
const word = (value: number) => `0x${value.toString(16).padStart(8, '0')}`

/** A handle as `tc` writes it: `2:7:800`, `800::5`. */
export function formatU32Handle(handle: number): string {
  const [table, bucket, filter] = [handle >>> 20, (handle >>> 12) & 0xff, handle & 0xfff]
  const rest =
    filter || bucket ? `${bucket ? bucket.toString(16) : ''}:${filter ? filter.toString(16) : ''}` : ''
  return `${table.toString(16)}:${rest}`
}

function renderKey({ value = 0, mask = 0, offset = 0, offsetMask }: Encodable<typeof u32Key>): string {
  return `match u32 ${word(value)} ${word(mask)} at ${offsetMask ? 'nexthdr+' : ''}${offset}`
}

function renderSelector(selector: Encodable<typeof u32Selector>): Words {
  const { flags = 0, offsetAt, offsetMask, offsetShift, fixedOffset, hashMask, hashAt } = selector
  const offset = [
    (flags & u32Flag.VAROFFSET) !== 0 && `at ${offsetAt ?? 0} mask ${hex(offsetMask ?? 0)}`,
    option('shift', offsetShift || undefined),
    (flags & u32Flag.OFFSET) !== 0 && `plus ${fixedOffset ?? 0}`,
    (flags & u32Flag.EAT) !== 0 && 'eat',
  ]
  return [
    selector.keys.map(renderKey),
    (flags & (u32Flag.VAROFFSET | u32Flag.OFFSET | u32Flag.EAT)) !== 0 && ['offset', offset],
    hashMask ? `hashkey mask ${hex(hashMask)} at ${hashAt ?? 0}` : undefined,
  ]
}

export function renderU32(value: Encodable<typeof u32Attributes>): Words {
  const { mark } = value
  return [
    option('divisor', value.divisor),
    value.hashTable ? `ht ${formatU32Handle(value.hashTable)}` : undefined,
    mark && `match mark ${hex(mark.value ?? 0)} ${hex(mark.mask ?? 0)}`,
    value.selector && renderSelector(value.selector),
    value.link ? `link ${formatU32Handle(value.link)}` : undefined,
    option('indev', value.inputDevice),
    renderHardware(value.flags),
    renderTcHandle('classid', value.classId),
    value.police && ['police', renderPolice(value.police)],
    (value.actions ?? []).map(renderAction),
  ]
}
