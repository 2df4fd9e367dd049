/** Chains of filters, made ahead of their filters (`RTM_*CHAIN`; linux/rtnetlink.h, net/sched/cls_api.c). */
import type { Decoded } from './attribute.ts'
import { commandLine, option } from './command-line.ts'
import type { EtherType } from './ether-type.ts'
import {
  type FilterPlace,
  type FilterType,
  type FilterValue,
  filterAttributes,
  filterHeader,
  renderFilterPlace,
  renderFilterType,
  withProtocol,
} from './filter.ts'
import { command, MessageFormat, NLM_F, query } from './message.ts'
import { tcCommand } from './tc-verb.ts'

export const RTM_CHAIN = { NEW: 100, DELETE: 101, GET: 102 } as const

export const chainMessage = new MessageFormat(filterHeader, filterAttributes, renderChain)
export type Chain = Decoded<typeof chainMessage>

export interface ChainKey extends FilterPlace {
  /** Filters of chain 0 are asked first; the others by `goto chain`. */
  chain: number
}

export interface NewChain extends ChainKey {
  /** What all filters of the chain must look like: the fields and masks, not the values. Of `flower()` only. */
  template?: { protocol: EtherType; type: FilterType }
}

/** Refused with EEXIST where the chain was made already. Like `tc chain add dev DEVICE ingress chain N`. */
export function addChain({ device, parent, chain, template }: NewChain) {
  const { protocol, type } = template ?? {}
  return command(chainMessage, RTM_CHAIN.NEW, NLM_F.CREATE | NLM_F.EXCL, {
    ...{ device, parent, protocol, chain, kind: type?.kind },
    options: template && withProtocol(template.type.options, template.protocol),
  })
}

/** The chain and all its filters. Like `tc chain delete dev DEVICE ingress chain N`. */
export function deleteChain({ device, parent, chain }: ChainKey) {
  return command(chainMessage, RTM_CHAIN.DELETE, 0, { device, parent, chain })
}

/** Like `tc chain get dev DEVICE ingress chain N`. */
export function getChain({ device, parent, chain }: ChainKey) {
  return query(chainMessage, RTM_CHAIN.GET, 0, { device, parent, chain })
}

/** The chains at a place, also those that exist by their filters. Like `tc chain show dev DEVICE ingress`. */
export function dumpChains({ device, parent }: FilterPlace) {
  return query(chainMessage, RTM_CHAIN.GET, NLM_F.DUMP, { device, parent })
}

function renderChain(type: number, flags: number, value: FilterValue): string {
  const { protocol } = value
  return commandLine(
    tcCommand('chain', type, flags),
    renderFilterPlace(value),
    option('protocol', protocol === 'unspec' ? undefined : protocol || undefined),
    option('chain', value.chain),
    renderFilterType(value),
  )
}
