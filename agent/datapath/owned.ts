import { tcHandle } from '#netlink/tc-handle.ts'

/**
 * What in a kernel belongs to the datapath of an agent: all that bears these names and numbers, and nothing
 * else, is made or removed.
 */
export const owned = {
  /** Tunnel interfaces are `sj-*`. */
  linkPrefix: 'sj-',
  routeTable: 434,
  /** `rtm_protocol` of our routes, rules and neighbours. */
  routeProtocol: 143,
  /** The rule that looks up our table, and the range that is reserved for more. */
  rulePriority: 4340,
  lastRulePriority: 4349,
  /** `4340:`, the HTB qdisc at the root of the shaped interface. */
  rootHandle: tcHandle(0x4340),
  /**
   * Of each group (tunnel): class `4340:GROUP`, child qdisc `GROUP:`, class of a subscriber `GROUP:NUMBER`,
   * mark GROUP << 16 | NUMBER.
   */
  groups: { first: 0x4400, last: 0x7fff },
  /** Of the filters in our qdiscs, and of our list at an interface's ingress, which others may use too. */
  filterPriority: 4340,
} as const
