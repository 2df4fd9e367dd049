/** Filters, which classify packets and act on them (`RTM_*TFILTER`; linux/rtnetlink.h, linux/pkt_cls.h). */
import { addressFamily } from './address-family.ts'
import { attributes, type Decoded, type Encodable } from './attribute.ts'
import { selectedBy } from './attribute-selected.ts'
import { be16, choice, interfaceIndex, text, u16, u32 } from './attribute-type.ts'
import { commandLine, deviceName, option } from './command-line.ts'
import { flowerAttributes, renderFlower } from './filter-flower.ts'
import { fwAttributes, renderFw } from './filter-fw.ts'
import { command, MessageFormat, NLM_F, query } from './message.ts'
import { padding, struct } from './struct.ts'
import { renderTcParent, type TcParent, tcParent } from './tc-handle.ts'
import { tcCommand, tcVerbFlags } from './tc-verb.ts'

export const RTM_FILTER = { NEW: 44, DELETE: 45, GET: 46 } as const

/** `ETH_P_*` (linux/if_ether.h) */
const protocols = choice(be16, { unspec: 0, all: 3, ip: 0x0800, arp: 0x0806, ipv6: 0x86dd })

const filterHeader = struct('tcmsg', {
  family: addressFamily,
  reserved: padding(3),
  device: interfaceIndex,
  /** Number of the filter among those of its priority; 0 lets the kernel choose. */
  handle: u32,
  parent: tcParent,
  /** These two are `tcm_info`. */
  protocol: protocols,
  priority: u16,
})

const filterAttributes = attributes({
  kind: [1, 'TCA_KIND', text],
  options: [2, 'TCA_OPTIONS', selectedBy('kind', { fw: fwAttributes, flower: flowerAttributes })],
  chain: [11, 'TCA_CHAIN', u32],
})

type FilterValue = Encodable<typeof filterHeader> & Encodable<typeof filterAttributes>
export const filterMessage = new MessageFormat(filterHeader, filterAttributes, renderFilter)
export type Filter = Decoded<typeof filterMessage>
/** The kind of a filter with its parameters, as `fw()` and `flower()` make it. */
export type FilterType = Pick<FilterValue, 'kind' | 'options'>

/** A list of filters: all of one priority are of one kind and one protocol. */
export interface FilterList {
  device: string | number
  /** The qdisc whose filters these are, or `ingress` or `egress` of a clsact qdisc. */
  parent: TcParent
  /** 1 to 65535; lower ones are asked first. */
  priority: number
  protocol: 'all' | 'ip' | 'ipv6'
}

export interface FilterKey extends FilterList {
  kind: 'fw' | 'flower'
  handle: number
}

export interface NewFilter extends FilterList {
  /** Absent: the kernel chooses. An fw filter's handle is the mark it looks for. */
  handle?: number
  type: FilterType
}

/**
 * Refused with EEXIST where the list has the handle. Like `tc filter add dev DEVICE parent PARENT protocol
 * PROTOCOL prio N ...`.
 */
export function addFilter(filter: NewFilter) {
  return command(filterMessage, RTM_FILTER.NEW, tcVerbFlags.add, newFilterValue(filter))
}

/**
 * Puts the filter in the place of the one with its handle: a packet meets the old one or the new one, never
 * none. Like `tc filter replace ...`.
 */
export function replaceFilter(filter: NewFilter) {
  return command(filterMessage, RTM_FILTER.NEW, tcVerbFlags.replace, newFilterValue(filter))
}

/**
 * One filter; the list disappears with its last. Like `tc filter delete dev DEVICE parent PARENT ... handle N
 * KIND`.
 */
export function deleteFilter(filter: FilterKey) {
  return command(filterMessage, RTM_FILTER.DELETE, 0, filterKeyValue(filter))
}

/** All filters of one list. Like `tc filter delete dev DEVICE parent PARENT protocol PROTOCOL prio N`. */
export function deleteFilterList({ device, parent, protocol, priority }: FilterList) {
  return command(filterMessage, RTM_FILTER.DELETE, 0, { device, parent, protocol, priority })
}

/** One filter. Like `tc filter get dev DEVICE parent PARENT ... handle N KIND`. */
export function getFilter(filter: FilterKey) {
  return query(filterMessage, RTM_FILTER.GET, 0, filterKeyValue(filter))
}

/** The filters at one place. Like `tc filter show dev DEVICE parent PARENT`. */
export function dumpFilters({ device, parent }: Pick<FilterList, 'device' | 'parent'>) {
  return query(filterMessage, RTM_FILTER.GET, NLM_F.DUMP, { device, parent })
}

function filterKeyValue({ device, handle, parent, protocol, priority, kind }: FilterKey) {
  return { device, handle, parent, protocol, priority, kind }
}

function newFilterValue({ type, device, handle, parent, protocol, priority }: NewFilter) {
  return { device, handle, parent, protocol, priority, kind: type.kind, options: type.options }
}

function renderFilter(type: number, flags: number, value: FilterValue): string {
  const { kind, options, handle, priority, protocol } = value
  return commandLine(
    tcCommand('filter', type, flags),
    option('dev', deviceName(value.device)),
    renderTcParent(value.parent),
    option('protocol', protocol === 'unspec' ? undefined : protocol || undefined),
    option('prio', priority || undefined),
    option('chain', value.chain || undefined),
    handle
      ? `handle ${kind === 'fw' ? renderMark(handle, options?.fw?.mask) : `0x${handle.toString(16)}`}`
      : undefined,
    kind,
    options?.fw && renderFw(options.fw),
    options?.flower && renderFlower(options.flower),
  )
}

function renderMark(mark: number, mask: number | undefined): string {
  return `0x${mark.toString(16)}${mask === undefined || mask === 0xffffffff ? '' : `/0x${mask.toString(16)}`}`
}
