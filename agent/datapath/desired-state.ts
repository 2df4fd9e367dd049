import { encodeIpv4, type Ipv4Address } from '#core/ipv4.ts'
import { tcHandle } from '#netlink/tc-handle.ts'
import type { Access } from './access-filters.ts'
import { classIdValue } from './class-id.ts'
import { DatapathError } from './datapath-error.ts'
import { footprintLimits, type SubscriberFootprint, type Tunnel } from './footprint.ts'
import type { KernelObject } from './kernel-object.ts'
import type { Leg } from './leg.ts'
import { owned } from './owned.ts'
import { dropTheRest, type Passage, packetFilters } from './packet-filters.ts'
import { type Line, policeBurstBytes, shapingObjects } from './shaping.ts'
import { tunnelName } from './tunnel-name.ts'

/** Where an agent shapes, and where its visitors are. */
export interface Shaper {
  /** Where the downlink goes out: a home agent's way to the foreign agents, a foreign agent's access link. */
  shapedInterface: string
  shapedRateBitsPerSecond: number
  /** Of a foreign agent. */
  access?: Access
  /** Of a foreign agent: where reverse tunnels go out. Without it the uplink is not shaped but limited where it comes in. */
  uplink?: Line
}

/** The subscriber's classes by the name of their tunnel. */
export type LegsByTunnel = ReadonlyMap<string, Leg>

/**
 * All kernel objects of a subscriber, parents first and the route last: made in this order, no packet finds a
 * way before its class stands; removed in the opposite order, none goes out unshaped. Those of a tunnel and
 * of its group are the same for every subscriber behind the tunnel.
 * @throws datapath/rejected for what this agent cannot do
 */
export function desiredObjects(
  footprint: SubscriberFootprint,
  legs: LegsByTunnel,
  shaper: Shaper,
): KernelObject[] {
  assertWithinLimits(footprint)
  return footprint.delivery.via === 'tunnel'
    ? atHomeAgent(footprint, legs, shaper)
    : atForeignAgent(footprint, legs, shaper, footprint.delivery)
}

/**
 * Packets for the home address are marked where they go into a tunnel, wherever they came from. Copies come
 * before the original, so that of two tunnels that change places none copies to the other at any time.
 */
function atHomeAgent(footprint: SubscriberFootprint, legs: LegsByTunnel, shaper: Shaper): KernelObject[] {
  const { homeAddress, tunnel, filters, alsoDeliverTo = [] } = footprint
  const line = { interface: shaper.shapedInterface, rateBitsPerSecond: shaper.shapedRateBitsPerSecond }
  const through = (way: Tunnel, copies: readonly string[]): KernelObject[] => {
    const leg = legOf(legs, tunnelName(way))
    const returning: Passage = {
      ...{ device: tunnelName(way), parent: 'ingress', direction: 'uplink', handle: handleOf(homeAddress) },
      ...{ filters, turn: leg.turn },
      fields: { source: homeAddress },
      treatment: {},
    }
    return [
      ...tunnelObjects(way),
      ...intoTunnel(footprint, leg, { way, line, copies }),
      ...(footprint.reverseTunnel ? packetFilters(returning) : []),
    ]
  }
  return [
    ...alsoDeliverTo.flatMap((way) => through(way, [])),
    ...through(tunnel, alsoDeliverTo.map(tunnelName)),
    { kind: 'route', destination: homeAddress, device: tunnelName(tunnel) },
  ]
}

/** What goes into a tunnel is marked there and shaped on the line; without one what exceeds `ceil` is dropped there. */
function intoTunnel(
  footprint: SubscriberFootprint,
  leg: Leg,
  { way, line, copies = [] }: { way: Tunnel; line: Line | undefined; copies?: readonly string[] },
): KernelObject[] {
  const { homeAddress, downlink, dscp, filters, flows = [] } = footprint
  const passage: Omit<Passage, 'treatment'> = {
    ...{ device: tunnelName(way), parent: 'egress', direction: 'downlink', handle: handleOf(homeAddress) },
    ...{ filters, turn: leg.turn, copies },
    fields: { destination: homeAddress },
  }
  if (line === undefined)
    return packetFilters({ ...passage, treatment: { police: limit(downlink.ceilBitsPerSecond), dscp } })
  const treatment = { mark: classIdValue(leg.own), dscp }
  return [
    ...shapingObjects(line, leg, { shaping: downlink, flows }),
    ...packetFilters({ ...passage, treatment, flows: flowPassages(footprint, leg) }),
  ]
}

/** Packets are marked where they come out of a tunnel, or where they come in from the node. */
function atForeignAgent(
  footprint: SubscriberFootprint,
  legs: LegsByTunnel,
  shaper: Shaper,
  { interface: device, linkAddress }: SubscriberFootprint['delivery'] & { via: 'access' },
): KernelObject[] {
  const { homeAddress, tunnel, downlink, dscp, filters, flows = [], forwardTo } = footprint
  if (shaper.access?.interface !== device)
    throw new DatapathError('datapath/rejected', `${device} was not named as the access link of this agent`)
  const leg = legOf(legs, tunnelName(tunnel))
  const line = { interface: device, rateBitsPerSecond: shaper.shapedRateBitsPerSecond }
  const accepted = acceptedTunnels(footprint)
  const outOf = (way: Tunnel): Passage => ({
    ...{ device: tunnelName(way), parent: 'ingress', direction: 'downlink', handle: handleOf(homeAddress) },
    ...{ filters, turn: leg.turn },
    fields: { destination: homeAddress },
    treatment: { mark: classIdValue(leg.own), dscp },
    flows: flowPassages(footprint, leg),
  })
  return [
    ...accepted.flatMap(tunnelObjects),
    ...shapingObjects(line, leg, { shaping: downlink, flows }),
    ...accepted.flatMap((way) => packetFilters(outOf(way))),
    ...uplinkObjects(footprint, leg, shaper, { device, sourceLinkAddress: linkAddress }),
    ...(forwardTo ? forwardingObjects(footprint, legs, shaper, forwardTo) : []),
    { kind: 'neighbour', device, address: homeAddress, linkAddress },
    { kind: 'route', destination: homeAddress, device: forwardTo ? tunnelName(forwardTo) : device },
  ]
}

function forwardingObjects(
  footprint: SubscriberFootprint,
  legs: LegsByTunnel,
  { uplink: line }: Shaper,
  way: Tunnel,
): KernelObject[] {
  return [...tunnelObjects(way), ...intoTunnel(footprint, legOf(legs, tunnelName(way)), { way, line })]
}

/**
 * What the agent to which we forward sends us is not among them: were both to forward to the other, it would go to and fro until its time
 * to live is over.
 */
function acceptedTunnels({ tunnel, alsoAcceptFrom = [], forwardTo }: SubscriberFootprint): Tunnel[] {
  const byName = new Map([tunnel, ...alsoAcceptFrom].map((way) => [tunnelName(way), way]))
  if (forwardTo) byName.delete(tunnelName(forwardTo))
  return [...byName.values()]
}

/** From the node: only with its home address and link address, and from there into the reverse tunnel. */
function uplinkObjects(
  { homeAddress, tunnel, uplink, filters, reverseTunnel }: SubscriberFootprint,
  leg: Leg,
  shaper: Shaper,
  { device, sourceLinkAddress }: { device: string; sourceLinkAddress: string },
): KernelObject[] {
  const handle = handleOf(homeAddress)
  const mark = (classIdValue(leg.own) | owned.uplinkMark) >>> 0
  const isDirect = reverseTunnel?.style === 'direct'
  const line = isDirect ? shaper.uplink : undefined
  const fromNode: Passage = {
    ...{ device, parent: 'ingress', direction: 'uplink', handle, filters, turn: leg.turn },
    fields: { sourceLinkAddress, source: homeAddress },
    treatment: {
      mark: isDirect ? mark : undefined,
      police: uplink && !line ? limit(uplink.ceilBitsPerSecond) : undefined,
    },
  }
  const shaped =
    line && uplink
      ? shapingObjects(
          line,
          { own: leg.own, flows: new Map() },
          { shaping: uplink, markBits: owned.uplinkMark },
        )
      : []
  if (reverseTunnel === undefined) return packetFilters(fromNode)
  const table = owned.reverseTables.first + leg.own.group
  const reverse: KernelObject[] = [
    { kind: 'reverse-route', table, device: tunnelName(tunnel), mark: groupMark(leg), probe: tunnel.remote },
    { kind: 'rule', mark: groupMark(leg), mask: 0xffff0000, table, probe: tunnel.remote },
  ]
  return [
    ...shaped,
    ...reverse,
    ...nodesOwnTunnel(homeAddress, tunnel, reverseTunnel, mark),
    ...packetFilters(fromNode),
  ]
}

/** The node's tunnel to this agent, from the home address; nothing else than packets from there may be inside. */
function nodesOwnTunnel(
  homeAddress: Ipv4Address,
  { encapsulation }: Tunnel,
  reverseTunnel: NonNullable<SubscriberFootprint['reverseTunnel']>,
  mark: number,
): KernelObject[] {
  if (reverseTunnel.style === 'direct') return []
  const own: Tunnel = { encapsulation, local: reverseTunnel.agentAddress, remote: homeAddress }
  const inside: Passage = {
    ...{ device: tunnelName(own), parent: 'ingress', direction: 'uplink', handle: handleOf(homeAddress) },
    fields: { source: homeAddress },
    treatment: { mark },
  }
  return [...tunnelObjects(own), ...packetFilters(inside)]
}

/** What comes out of a tunnel goes on only where a filter knows it (RFC 5944, section 3.7.3). */
function tunnelObjects(tunnel: Tunnel): KernelObject[] {
  const name = tunnelName(tunnel)
  return [
    { kind: 'link', name, ...tunnel },
    { kind: 'qdisc', type: 'clsact', device: name, parent: 'clsact' },
    dropTheRest(name, 'all'),
  ]
}

function flowPassages({ flows = [], dscp: common }: SubscriberFootprint, leg: Leg) {
  return flows.flatMap(({ name, match, dscp = common }) => {
    const id = leg.flows.get(name)
    return id ? [{ match, treatment: { mark: classIdValue(id), dscp } }] : []
  })
}

function limit(rateBitsPerSecond: number) {
  return { rateBitsPerSecond, burstBytes: policeBurstBytes(rateBitsPerSecond) }
}

function groupMark({ own }: Leg): number {
  return (tcHandle(own.group) | owned.uplinkMark) >>> 0
}

function handleOf(homeAddress: Ipv4Address): number {
  return encodeIpv4(homeAddress).readUInt32BE()
}

function legOf(legs: LegsByTunnel, tunnel: string): Leg {
  const leg = legs.get(tunnel)
  if (leg === undefined) throw new DatapathError('datapath/rejected', `no class was planned behind ${tunnel}`)
  return leg
}

function assertWithinLimits(footprint: SubscriberFootprint): void {
  const {
    tunnel,
    delivery,
    alsoDeliverTo = [],
    alsoAcceptFrom = [],
    forwardTo,
    filters = [],
    flows = [],
  } = footprint
  const { copies, furtherTunnels } = footprintLimits
  const counts: [what: string, count: number, most: number][] = [
    ['copies', alsoDeliverTo.length, copies],
    ['further tunnels', alsoAcceptFrom.length, furtherTunnels],
    ['filters', filters.length, footprintLimits.filters],
    ['flows', flows.length, footprintLimits.flows],
  ]
  for (const [what, count, most] of counts)
    if (count > most)
      throw new DatapathError(
        'datapath/rejected',
        `${count} ${what} for one subscriber, at most ${most} are possible`,
      )
  if (delivery.via === 'tunnel' && (forwardTo !== undefined || alsoAcceptFrom.length > 0))
    throw new DatapathError(
      'datapath/rejected',
      'only a foreign agent forwards, or accepts from further tunnels',
    )
  if (forwardTo && tunnelName(forwardTo) === tunnelName(tunnel))
    throw new DatapathError(
      'datapath/rejected',
      `what ${tunnel.remote} sends cannot be forwarded to ${tunnel.remote}: another agent must be named`,
    )
  const labelled = flows.find(({ flowLabel }) => flowLabel !== undefined)
  if (labelled)
    throw new DatapathError(
      'datapath/rejected',
      `the flow ${labelled.name} has the label ${labelled.flowLabel}, and tunnels of this agent carry none: leave it out`,
    )
}
