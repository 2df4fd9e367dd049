/** Filters, which classify packets and act on them (`RTM_*TFILTER`; linux/rtnetlink.h, linux/pkt_cls.h). */
import { addressFamily } from './address-family.ts'
import { attributes, type Decoded, type Encodable } from './attribute.ts'
import { selectedBy } from './attribute-selected.ts'
import { interfaceIndex, text, u16, u32 } from './attribute-type.ts'
import { commandLine, deviceName, option, type Words } from './command-line.ts'
import { type EtherType, etherType } from './ether-type.ts'
import { basicAttributes, renderBasic } from './filter-basic.ts'
import { flowerAttributes } from './filter-flower-attribute.ts'
import { renderFlower } from './filter-flower-render.ts'
import { fwAttributes, renderFw } from './filter-fw.ts'
import { matchallAttributes, renderMatchall } from './filter-matchall.ts'
import { formatU32Handle, renderU32, u32Attributes } from './filter-u32.ts'
import { command, MessageFormat, NLM_F, query } from './message.ts'
import { padding, struct } from './struct.ts'
import { estimatorOf, renderEstimator, type TcEstimator, tcEstimator } from './tc-estimator.ts'
import { renderTcParent, type TcParent, tcParent } from './tc-handle.ts'
import { tcCommand, tcVerbFlags } from './tc-verb.ts'

export const RTM_FILTER = { NEW: 44, DELETE: 45, GET: 46 } as const

export const filterHeader = struct('tcmsg', {
  family: addressFamily,
  reserved: padding(3),
  device: interfaceIndex,
  /** Number of the filter among those of its priority; 0 lets the kernel choose. */
  handle: u32,
  parent: tcParent,
  /** These two are `tcm_info`. */
  protocol: etherType,
  priority: u16,
})

export const filterAttributes = attributes({
  kind: [1, 'TCA_KIND', text],
  options: [
    2,
    'TCA_OPTIONS',
    selectedBy('kind', {
      fw: fwAttributes,
      flower: flowerAttributes,
      u32: u32Attributes,
      matchall: matchallAttributes,
      basic: basicAttributes,
    }),
  ],
  /** For the police actions of the filter. */
  estimator: [5, 'TCA_RATE', tcEstimator],
  chain: [11, 'TCA_CHAIN', u32],
})

export type FilterValue = Encodable<typeof filterHeader> & Encodable<typeof filterAttributes>
export const filterMessage = new MessageFormat(filterHeader, filterAttributes, renderFilter)
export type Filter = Decoded<typeof filterMessage>
/** The kind of a filter with its parameters, as `fw()`, `flower()`, `u32Filter()`, `matchall()` and `basic()` make it. */
export type FilterType = Pick<FilterValue, 'kind' | 'options'>

export interface FilterPlace {
  device: string | number
  /** The qdisc whose filters these are, or `ingress` or `egress` of a clsact qdisc. */
  parent: TcParent
}

/** A list of filters: all of one priority of one chain are of one kind and one protocol. */
export interface FilterList extends FilterPlace {
  /** Packets begin in chain 0 and come to another by `goto chain`; 0 when absent. */
  chain?: number
  /** 1 to 65535; lower ones are asked first. */
  priority: number
  protocol: EtherType
}

export interface FilterKey extends FilterList {
  kind: 'fw' | 'flower' | 'u32' | 'matchall' | 'basic'
  handle: number
}

export interface NewFilter extends FilterList {
  /** Absent: the kernel chooses. An fw filter's handle is the mark it looks for, a u32 filter's is made by `u32Handle`. */
  handle?: number
  type: FilterType
  /** For a police action with an average rate. */
  estimator?: TcEstimator
}

/** TCM_IFINDEX_MAGIC_BLOCK (linux/rtnetlink.h) */
const blockDevice = -1

/**
 * The place of filters that several qdiscs share, which were made with the number as their `ingressBlock`. Like
 * `tc filter ... block N`.
 */
export function sharedBlock(block: number): FilterPlace {
  return { device: blockDevice, parent: block }
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

/** Refused with ENOENT where the filter is not there. Like `tc filter change ... handle N KIND ...`. */
export function changeFilter(filter: NewFilter & { handle: number }) {
  return command(filterMessage, RTM_FILTER.NEW, tcVerbFlags.change, newFilterValue(filter))
}

/**
 * One filter; the list disappears with its last. Like `tc filter delete dev DEVICE parent PARENT ... handle N
 * KIND`.
 */
export function deleteFilter(filter: FilterKey) {
  return command(filterMessage, RTM_FILTER.DELETE, 0, filterKeyValue(filter))
}

/** All filters of one list. Like `tc filter delete dev DEVICE parent PARENT protocol PROTOCOL prio N`. */
export function deleteFilterList({ device, parent, chain, protocol, priority }: FilterList) {
  return command(filterMessage, RTM_FILTER.DELETE, 0, { device, parent, protocol, priority, chain })
}

/** All filters of chain 0 at a place, or of another chain. Like `tc filter delete dev DEVICE parent PARENT`. */
export function deleteFilters({ device, parent, chain }: FilterPlace & { chain?: number }) {
  return command(filterMessage, RTM_FILTER.DELETE, 0, { device, parent, chain })
}

/** One filter. Like `tc filter get dev DEVICE parent PARENT ... handle N KIND`. */
export function getFilter(filter: FilterKey) {
  return query(filterMessage, RTM_FILTER.GET, 0, filterKeyValue(filter))
}

/**
 * The filters at one place: of all chains, or of one. A list whose dump begins with handle 0 and no options is there
 * without a filter, or is a hash table of u32. Like `tc filter show dev DEVICE parent PARENT`.
 */
export function dumpFilters({ device, parent, chain }: FilterPlace & { chain?: number }) {
  return query(filterMessage, RTM_FILTER.GET, NLM_F.DUMP, { device, parent, chain })
}

function filterKeyValue({ device, handle, parent, chain, protocol, priority, kind }: FilterKey) {
  return { device, handle, parent, protocol, priority, chain, kind }
}

function newFilterValue({ type, estimator, device, handle, parent, chain, protocol, priority }: NewFilter) {
  const { kind, options } = type
  return {
    ...{ device, handle, parent, protocol, priority, chain, kind },
    options: withProtocol(options, protocol),
    estimator: estimator && estimatorOf(estimator),
  }
}

/** A flower filter says its protocol once more, where it has one. */
export function withProtocol(options: FilterType['options'], protocol: EtherType): FilterType['options'] {
  if (!options?.flower || protocol === 'all' || protocol === 'unspec') return options
  return { flower: { ...options.flower, etherType: protocol } }
}

/** `dev DEVICE parent PARENT` or `block N`. */
export function renderFilterPlace({ device, parent }: Pick<FilterValue, 'device' | 'parent'>): Words {
  if (device === blockDevice) return [`block ${parent}`]
  return [option('dev', deviceName(device)), renderTcParent(parent)]
}

/** What follows the handle of a filter, or the number of a chain: kind and parameters. */
export function renderFilterType({ kind, options }: Pick<FilterValue, 'kind' | 'options'>): Words {
  return [
    kind,
    options?.fw && renderFw(options.fw),
    options?.flower && renderFlower(options.flower),
    options?.u32 && renderU32(options.u32),
    options?.matchall && renderMatchall(options.matchall),
    options?.basic && renderBasic(options.basic),
  ]
}

function renderFilter(type: number, flags: number, value: FilterValue): string {
  const { protocol } = value
  return commandLine(
    tcCommand('filter', type, flags),
    renderFilterPlace(value),
    option('protocol', protocol === 'unspec' ? undefined : protocol || undefined),
    option('prio', value.priority || undefined),
    option('chain', value.chain || undefined),
    option('handle', renderHandle(value)),
    renderEstimator(value.estimator),
    renderFilterType(value),
  )
}

function renderHandle({ kind, handle, options }: FilterValue): string | undefined {
  if (!handle) return undefined
  if (kind === 'u32') return formatU32Handle(handle)
  const mask = options?.fw?.mask
  return `0x${handle.toString(16)}${mask === undefined || mask === 0xffffffff ? '' : `/0x${mask.toString(16)}`}`
}
