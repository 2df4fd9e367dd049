import { be16, choice } from './attribute-type.ts'

/** What a frame carries, by the names that `tc` knows: `ETH_P_*` (linux/if_ether.h). */
const etherTypes = {
  unspec: 0,
  all: 3,
  ip: 0x0800,
  arp: 0x0806,
  '802.1Q': 0x8100,
  ipv6: 0x86dd,
  mpls_uc: 0x8847,
  mpls_mc: 0x8848,
  '802.1ad': 0x88a8,
} as const

export const etherType = choice(be16, etherTypes)
/** A name, or the number where it has none here. */
export type EtherType = keyof typeof etherTypes | number
