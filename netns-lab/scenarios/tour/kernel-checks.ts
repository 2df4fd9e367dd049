import type { Ipv4Address } from '#core/ipv4.ts'
import {
  type ForeignAgentName,
  foreignAgents,
  type HomeAgentName,
  homeAgents,
  type MobileNodeName,
  mobileNodes,
} from '../../topology/hosts.ts'
import type { HtbClass, Tunnel } from '../../witness/kernel-state.ts'
import { classOf, shapingPoint, tunnelsOf } from '../../witness/subscriber-state.ts'
import type { Witness } from '../../witness/witness.ts'
import { checkClass } from './expectation.ts'

/** Where a node should be, and with which rate. `prefix` keeps the ids of checks apart within a step. */
export interface Expected {
  node: MobileNodeName
  agent: ForeignAgentName
  rateBitsPerSecond: number
  prefix?: string
  /** `ha` when absent. */
  homeAgent?: HomeAgentName
  /** Where the node got another than that of its subscriber. */
  homeAddress?: Ipv4Address
}

/** Tunnel, route and class of a node at the home agent. */
export async function checkHomeAgent(
  witness: Witness,
  { node, agent, rateBitsPerSecond, prefix = '', homeAgent = 'ha', ...other }: Expected,
): Promise<HtbClass | undefined> {
  const see = witness.see.bind(witness)
  const { careOfAddress } = foreignAgents[agent]
  const { homeAddress = mobileNodes[node].homeAddress } = other
  const tunnel = (await tunnelsOf(see, homeAgent)).find(({ remote }) => remote === careOfAddress)
  witness.check(
    `${prefix}tunnel-${homeAgent}`,
    `Tunnel (ipip) at ${homeAgent} towards ${agent}`,
    `${homeAgents[homeAgent].address} → ${careOfAddress}`,
    describeTunnel(tunnel),
  )
  await see(homeAgent, ['ip', 'route', 'show', 'table', '434'])
  const way = await see(homeAgent, ['ip', 'route', 'get', homeAddress], / dev /)
  witness.check(
    `${prefix}route-${homeAgent}`,
    `Interface by which packets for ${homeAddress} leave ${homeAgent}`,
    tunnel?.interface ?? 'the tunnel',
    outgoingInterface(way),
  )
  const found = await classOf(see, shapingPoint[homeAgent], homeAddress)
  checkClass(witness, `${prefix}class-${homeAgent}`, homeAgent, rateBitsPerSecond, found)
  return found
}

/** Tunnel, neighbour, route and class of a visitor at its foreign agent. */
export async function checkForeignAgent(
  witness: Witness,
  { node, agent, rateBitsPerSecond, prefix = '', homeAgent = 'ha', ...other }: Expected,
): Promise<HtbClass | undefined> {
  const see = witness.see.bind(witness)
  const { careOfAddress } = foreignAgents[agent]
  const { homeAddress = mobileNodes[node].homeAddress } = other
  const { address } = homeAgents[homeAgent]
  const tunnel = (await tunnelsOf(see, agent)).find(({ remote }) => remote === address)
  witness.check(
    `${prefix}tunnel-${agent}`,
    `Tunnel (ipip) at ${agent} towards ${homeAgent}`,
    `${careOfAddress} → ${address}`,
    describeTunnel(tunnel),
  )
  const way = await see(agent, ['ip', 'route', 'get', homeAddress], / dev /)
  witness.check(
    `${prefix}route-${agent}`,
    `Interface by which packets for ${homeAddress} leave ${agent}`,
    'access',
    outgoingInterface(way),
  )
  const ownLinkAddress = linkAddressIn(await witness.look(node, ['ip', 'link', 'show', 'dev', 'radio0']))
  const neighbours = await see(agent, ['ip', 'neigh', 'show', 'dev', 'access', 'nud', 'permanent'])
  const neighbour = neighbours.split('\n').find((line) => line.startsWith(`${homeAddress} `))
  witness.check(
    `${prefix}neighbour-${agent}`,
    `Permanent neighbour ${homeAddress} at ${agent}: the link address of ${node}`,
    ownLinkAddress,
    /lladdr (\S+)/.exec(neighbour ?? '')?.[1] ?? 'none',
  )
  const found = await classOf(see, shapingPoint[agent], homeAddress)
  checkClass(witness, `${prefix}class-${agent}`, agent, rateBitsPerSecond, found)
  return found
}

function describeTunnel(tunnel: Tunnel | undefined): string {
  return tunnel ? `${tunnel.local} → ${tunnel.remote}` : 'none'
}

function outgoingInterface(route: string): string {
  return / dev (\S+)/.exec(route)?.[1] ?? 'none'
}

function linkAddressIn(link: string): string {
  return /link\/ether (\S+)/.exec(link)?.[1] ?? 'unknown'
}
