import { choice, u8 } from './attribute-type.ts'

/** Protocol numbers of IP (IANA), by the names that `ip` knows them by. */
export const ipProtocol = choice(u8, { icmp: 1, tcp: 6, udp: 17, gre: 47, 'ipv6-icmp': 58, sctp: 132 })
export type IpProtocol = 'icmp' | 'tcp' | 'udp' | 'gre' | 'ipv6-icmp' | 'sctp' | number
