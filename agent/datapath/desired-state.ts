import type { HtbClass } from '#netlink/class-htb.ts'
import { tcHandle } from '#netlink/tc-handle.ts'
import { type ClassId, classIdValue } from './class-id.ts'
import type { Shaping, SubscriberFootprint } from './footprint.ts'
import type { KernelObject } from './kernel-object.ts'
import { owned } from './owned.ts'
import { tunnelName } from './tunnel-name.ts'

/** Where an agent shapes and marks. */
export interface Shaper {
  shapedInterface: string
  shapedRateBitsPerSecond: number
  /** Interfaces where packets for home addresses come in; empty where they come out of the tunnels. */
  markIngress: readonly string[]
}

const groupMask = 0xffff0000
const numberMask = 0x0000ffff

/**
 * All kernel objects of a subscriber, parents first and the route last: made in this order, no packet finds a
 * way before its class stands; removed in the opposite order, none goes out unshaped. Those of the tunnel and
 * of its group are the same for every subscriber behind the tunnel.
 */
export function desiredObjects(footprint: SubscriberFootprint, id: ClassId, shaper: Shaper): KernelObject[] {
  const { homeAddress, tunnel, downlink, delivery } = footprint
  const name = tunnelName(tunnel)
  const device = shaper.shapedInterface
  const child = tcHandle(id.group)
  const groupClass = owned.rootHandle + id.group
  const subscriberClass = classIdValue(id)
  const atTunnel = shaper.markIngress.length === 0
  const marking = (ingress: string): KernelObject => ({
    kind: 'marking-filter',
    device: ingress,
    homeAddress,
    mark: subscriberClass,
  })
  return [
    { kind: 'link', name, ...tunnel },
    {
      kind: 'class',
      device,
      parent: owned.rootHandle,
      classId: groupClass,
      settings: wholeLine(shaper.shapedRateBitsPerSecond),
    },
    { kind: 'qdisc', type: 'htb', device, parent: groupClass, handle: child },
    { kind: 'class', device, parent: child, classId: subscriberClass, settings: classSettings(downlink) },
    { kind: 'qdisc', type: 'fq_codel', device, parent: subscriberClass },
    {
      kind: 'marked-filter',
      device,
      parent: child,
      mark: id.number,
      mask: numberMask,
      classId: subscriberClass,
    },
    {
      kind: 'marked-filter',
      device,
      parent: owned.rootHandle,
      mark: child,
      mask: groupMask,
      classId: groupClass,
    },
    ...(atTunnel ? [{ kind: 'qdisc', type: 'clsact', device: name, parent: 'clsact' } as const] : []),
    ...(atTunnel ? [name] : shaper.markIngress).map(marking),
    ...deliveryObjects(homeAddress, name, delivery),
  ]
}

function deliveryObjects(
  address: string,
  tunnel: string,
  delivery: SubscriberFootprint['delivery'],
): KernelObject[] {
  if (delivery.via === 'tunnel') return [{ kind: 'route', destination: address, device: tunnel }]
  const { interface: device, linkAddress } = delivery
  return [
    { kind: 'neighbour', device, address, linkAddress },
    { kind: 'route', destination: address, device },
  ]
}

/** The HTB class of a subscriber, its place in the kernel's terms aside. */
export function classSettings({ rateBitsPerSecond, ceilBitsPerSecond, priority }: Shaping): HtbClass {
  return {
    rateBitsPerSecond,
    ceilBitsPerSecond,
    priority,
    burstBytes: burstBytes(rateBitsPerSecond),
    ceilBurstBytes: burstBytes(ceilBitsPerSecond),
    quantumBytes: quantumBytes(rateBitsPerSecond),
  }
}

/**
 * A group may use the whole line: it is there to keep the number of classes in one qdisc small, not to shape.
 */
function wholeLine(rateBitsPerSecond: number): HtbClass {
  return classSettings({ rateBitsPerSecond, ceilBitsPerSecond: rateBitsPerSecond, priority: 0 })
}

/** 10 ms and one packet: much less costs throughput at high rates, much more at low ones. */
function burstBytes(rateBitsPerSecond: number): number {
  return Math.ceil(rateBitsPerSecond / 8 / 100) + 1600
}

/**
 * A tenth of a second's bytes as the kernel would choose, within the bounds outside of which it warns; never
 * less than a packet.
 */
function quantumBytes(rateBitsPerSecond: number): number {
  return Math.min(Math.max(Math.round(rateBitsPerSecond / 80), 1600), 200_000)
}
