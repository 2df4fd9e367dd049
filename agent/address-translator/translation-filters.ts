/**
 * Rules as filters of the kernel, at the interface towards outside. Hosts inside are translated by connection tracking (`act_ct`), which
 * remembers each connection with a mark of ours; correspondents, one address for one, packet by packet (`act_nat`). Pure.
 */

import { ct, type NewAddress } from '#netlink/action-ct.ts'
import { gact } from '#netlink/action-gact.ts'
import { nat } from '#netlink/action-nat.ts'
import type { NewFilter } from '#netlink/filter.ts'
import { type Flower, flower } from '#netlink/filter-flower.ts'
import { addressesOf, type TranslationRules } from './config.ts'

/** Of connections that our rules translate: those of others bear others. */
export const connectionMark = 4341

/**
 * Our lists, asked in this order. Connection tracking knows correspondents as they are called inside: it
 * comes after them on the way in, and before them on the way out. Filters of others, behind ours, see what is inside, for every list goes on to the next.
 */
const lists = {
  ingress: { correspondents: 4320, hosts: 4321, pools: 4322, unmapped: 4323 },
  egress: { hosts: 4320, masquerade: 4321, correspondents: 4322 },
} as const
type Side = keyof typeof lists

/** Whether a list of filters there is one of ours. */
export function isOwnedList(side: Side, priority: number): boolean {
  return Object.values<number>(lists[side]).includes(priority)
}

/** A filter with its number in its list. */
export type TranslationFilter = NewFilter & { parent: Side; handle: number }

/** All filters that the rules need. What is sent to a pool's address without a mapping is dropped. */
export function translationFilters(device: string, rules: TranslationRules): TranslationFilter[] {
  const { hosts, correspondents, pools, masquerade } = rules
  const list = (parent: Side, priority: number, filters: Flower[]): TranslationFilter[] =>
    filters.map((fields, index) => ({
      ...{ device, parent, protocol: 'ip' as const, priority, handle: index + 1 },
      type: flower(fields),
    }))
  const addresses = pools.flatMap(addressesOf)
  const { ingress, egress } = lists
  return [
    ...list(
      'ingress',
      ingress.correspondents,
      correspondents.map(({ inside, outside }) => ({
        source: `${outside}/32`,
        actions: [
          nat({ direction: 'egress', oldPrefix: `${outside}/32`, newAddress: inside, verdict: 'continue' }),
        ],
      })),
    ),
    ...list(
      'ingress',
      ingress.hosts,
      hosts.map(({ inside, outside }) => ({
        destination: `${outside}/32`,
        actions: [translate({ end: 'destination', firstAddress: inside })],
      })),
    ),
    ...list(
      'ingress',
      ingress.pools,
      addresses.map((address) => ({
        destination: `${address}/32`,
        actions: [ct({ nat: 'as before', verdict: 'continue' })],
      })),
    ),
    ...list(
      'ingress',
      ingress.unmapped,
      addresses.map((address) => ({ destination: `${address}/32`, actions: [gact('drop')] })),
    ),
    ...list(
      'egress',
      egress.hosts,
      hosts.map(({ inside, outside }) => ({
        source: `${inside}/32`,
        actions: [translate({ end: 'source', firstAddress: outside })],
      })),
    ),
    ...list(
      'egress',
      egress.masquerade,
      masquerade.flatMap(({ network, pool: name }) =>
        pools
          .filter((pool) => pool.name === name)
          .map(({ first, last, ports }) => ({
            source: network.text,
            actions: [translate({ end: 'source', firstAddress: first, lastAddress: last, ports })],
          })),
      ),
    ),
    ...list(
      'egress',
      egress.correspondents,
      correspondents.map(({ inside, outside }) => ({
        destination: `${inside}/32`,
        actions: [
          nat({ direction: 'ingress', oldPrefix: `${inside}/32`, newAddress: outside, verdict: 'continue' }),
        ],
      })),
    ),
  ]
}

function translate(nat: NewAddress) {
  return ct({ commit: true, mark: connectionMark, nat, verdict: 'continue' })
}
