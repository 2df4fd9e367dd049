import { readFileSync } from 'node:fs'
import { dumpAddresses } from '../address.ts'
import { dumpClasses } from '../class.ts'
import { dumpFilters } from '../filter.ts'
import { addLink, dumpLinks, getLink } from '../link.ts'
import { ipip } from '../link-ipip.ts'
import type { NetlinkRequest } from '../message.ts'
import { dumpNeighbours } from '../neighbour.ts'
import { addQdisc, dumpQdiscs } from '../qdisc.ts'
import { htbQdisc } from '../qdisc-htb.ts'
import { addRoute, dumpRoutes } from '../route.ts'
import { dumpRules } from '../rule.ts'
import { tcHandle } from '../tc-handle.ts'

/** The requests whose answers golden/replies.json holds, in its order. */
export const replyRequests: NetlinkRequest[] = [
  dumpLinks({ kind: 'gre' }),
  getLink(10),
  dumpAddresses({ device: 10 }),
  dumpRoutes(),
  dumpRules(),
  dumpNeighbours({ device: 10 }),
  dumpQdiscs({ device: 10 }),
  dumpClasses({ device: 10 }),
  dumpFilters({ device: 10, parent: tcHandle(1) }),
  // Refused: with the kernel's words, with the offset of an attribute, with a bare errno, at the start of a dump.
  addRoute({ destination: '10.50.0.0/16', gateway: '10.123.0.1' }),
  addLink({ name: 'a-name-of-more-than-15', type: ipip({}) }),
  getLink(4711),
  dumpAddresses({ device: 4711 }),
  addQdisc({ device: 10, parent: 'root', handle: tcHandle(1), type: htbQdisc({}) }),
]

/** An answer of the kernel: a datagram a string. */
export interface Reply {
  command: string
  hex: string[]
}

export function readReplies(): Reply[] {
  return JSON.parse(readFileSync(new URL('replies.json', import.meta.url), 'utf8'))
}
