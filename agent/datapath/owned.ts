import { tcHandle } from '#netlink/tc-handle.ts'

/**
 * What in a kernel belongs to the datapath of an agent: all that bears these names and numbers, and nothing
 * else, is made or removed.
 */
export const owned = {
  /** Tunnel interfaces are `sj-*`. */
  linkPrefix: 'sj-',
  routeTable: 434,
  /** Table of a group: the way of its reverse tunnel. */
  reverseTables: { first: 43_400_000, last: 43_499_999 },
  /** `rtm_protocol` of our routes, rules and neighbours. */
  routeProtocol: 143,
  /** The rules that look up a reverse tunnel, then the one that looks up our table; more are reserved. */
  reverseRulePriority: 4340,
  rulePriority: 4345,
  lastRulePriority: 4349,
  /** `4340:`, the HTB qdisc at the root of a shaped interface. */
  rootHandle: tcHandle(0x4340),
  /**
   * Of each group (tunnel): class `4340:GROUP`, child qdisc `GROUP:`, class of a subscriber `GROUP:NUMBER`,
   * mark GROUP << 16 | NUMBER.
   */
  groups: { first: 0x4400, last: 0x7fff },
  /** In the mark of what goes through a reverse tunnel, lest rule and class be those of the other direction. */
  uplinkMark: 0x8000_0000,
  /** Of the filters in our qdiscs. */
  filterPriority: 4340,
  /**
   * Of our lists at the ingress and egress of interfaces, which others may use too: the agent's own signalling,
   * the entry of each subscriber, its flows (the first last, for the last one's mark stays), its packet filters,
   * what passes all of them, and the end for all else. In a list no filter may take the place of one that looks
   * at other fields, so flows and packet filters have a list for each place in their order and set of fields;
   * packet filters have them twice, and each change of them goes to the other place.
   */
  lists: {
    signalling: 4330,
    entry: 4340,
    flows: 30_000,
    otherFilters: 40_000,
    filters: 50_000,
    accept: 60_000,
    end: 60_001,
  },
} as const

/** Whether a list at the ingress of an access link is one of ours. */
export function isOwnedList(priority: number): boolean {
  const { signalling, entry, otherFilters, end } = owned.lists
  return priority === signalling || priority === entry || (priority >= otherFilters && priority <= end)
}
