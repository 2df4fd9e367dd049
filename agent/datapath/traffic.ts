/** What the kernel has counted of a subscriber. */
import { encodeIpv4 } from '#core/ipv4.ts'
import { getClass } from '#netlink/class.ts'
import { getFilter } from '#netlink/filter.ts'
import { getQdisc } from '#netlink/qdisc.ts'
import { classIdValue } from './class-id.ts'
import type { SubscriberFootprint } from './footprint.ts'
import type { Kernel } from './kernel.ts'
import { type Leg, leavesOf } from './leg.ts'
import { owned } from './owned.ts'

export interface Traffic {
  bytes: bigint
  packets: bigint
}

/** The bytes with the headers of the shaped interface, a tunnel's outer header included. */
export interface Downlink extends Traffic {
  /** Discarded by the queues of the subscriber's classes. */
  drops: bigint
}

export const noTraffic: Traffic = { bytes: 0n, packets: 0n }

export function sumOf(one: Traffic, other: Traffic): Traffic {
  return { bytes: one.bytes + other.bytes, packets: one.packets + other.packets }
}

/** What its class has sent. @throws netlink/refused */
export async function readDownlink(kernel: Kernel, device: string, leg: Leg): Promise<Downlink> {
  const [sent] = await kernel.transaction([getClass({ device, classId: classIdValue(leg.own) })])
  if (!sent?.ok) throw sent?.error
  const leaves = leavesOf(leg).map((id) => getQdisc({ device, parent: classIdValue(id) }))
  let drops = 0n
  // Codel drops when it dequeues, which the class does not count.
  for (const queue of await kernel.transaction(leaves)) {
    if (!queue.ok) throw queue.error
    drops += BigInt(queue.reply.statistics?.queue?.drops ?? 0)
  }
  return { ...trafficIn(sent.reply.statistics), drops }
}

/** The filter that lets a visitor's packets in, before any packet filter of its profile; undefined for one who is not a visitor. */
export function uplinkEntry({ delivery, homeAddress }: SubscriberFootprint) {
  if (delivery.via === 'tunnel') return undefined
  return {
    ...({ device: delivery.interface, parent: 'ingress', protocol: 'ip', kind: 'flower' } as const),
    ...{ priority: owned.lists.entry, handle: encodeIpv4(homeAddress).readUInt32BE() },
  }
}

/** What that filter has counted. @throws netlink/refused */
export async function readUplink(
  kernel: Kernel,
  footprint: SubscriberFootprint,
): Promise<Traffic | undefined> {
  const key = uplinkEntry(footprint)
  if (key === undefined) return undefined
  const [entry] = await kernel.transaction([getFilter(key)])
  if (!entry?.ok) throw entry?.error
  return trafficIn(entry.reply.options?.flower?.actions?.at(-1)?.statistics)
}

interface Statistics {
  basic?: { bytes: bigint; packets: number } | undefined
  packets64?: bigint | undefined
}

function trafficIn({ basic, packets64 }: Statistics = {}): Traffic {
  return { bytes: basic?.bytes ?? 0n, packets: packets64 ?? BigInt(basic?.packets ?? 0) }
}
