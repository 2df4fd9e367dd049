import type { Ipv4Address } from '#core/ipv4.ts'
import type { Topology } from '../report/report.ts'

/** Every host is a network namespace of its own with this name. `air` is the layer 2 switch that joins nodes to access links. */
export const hostNames = ['cn', 'core', 'ha', 'hs', 'relay', 'fsa', 'a1', 'a2', 'mn1', 'mn2', 'air'] as const
export type HostName = (typeof hostNames)[number]

/** Those of them that stand only where a scenario asks for them. */
export const extraHostNames = ['relay'] as const satisfies readonly HostName[]
export type ExtraHostName = (typeof extraHostNames)[number]

export const mobileNodeNames = ['mn1', 'mn2'] as const
export type MobileNodeName = (typeof mobileNodeNames)[number]

export const foreignAgentNames = ['a1', 'a2'] as const
export type ForeignAgentName = (typeof foreignAgentNames)[number]

export function isHostName(text: string): text is HostName {
  return hostNames.some((name) => name === text)
}

/** The hosts' addresses towards each other. */
export const hostAddress = {
  cn: '203.0.113.10',
  core: '10.0.1.1',
  ha: '10.0.1.2',
  hs: '10.0.2.2',
  relay: '10.0.3.2',
  fsa: '10.1.0.2',
  a1: '10.1.1.2',
  a2: '10.1.2.2',
} as const satisfies Partial<Record<HostName, Ipv4Address>>

/** The home agent as mobile nodes know it: an address of the virtual home network, where the tunnels start. */
export const homeAgentAddress: Ipv4Address = '192.0.2.1'
export const homeNetwork = '192.0.2.0/24'

export const mobileNodes = {
  mn1: { nai: 'mn1@home.example', homeAddress: '192.0.2.11' },
  mn2: { nai: 'mn2@home.example', homeAddress: '192.0.2.12' },
} as const satisfies Record<MobileNodeName, { nai: string; homeAddress: Ipv4Address }>

/** `careOfAddress` lies in the core network, `access` on the link to the mobile nodes. */
export const foreignAgents = {
  a1: { careOfAddress: hostAddress.a1, access: '10.1.101.1' },
  a2: { careOfAddress: hostAddress.a2, access: '10.1.102.1' },
} as const satisfies Record<ForeignAgentName, { careOfAddress: Ipv4Address; access: Ipv4Address }>

/** The hosts of a scenario that asks for these further ones. */
export function hostsWith(extraHosts: readonly ExtraHostName[] = []): HostName[] {
  const absent: HostName[] = extraHostNames.filter((name) => !extraHosts.includes(name))
  return hostNames.filter((name) => !absent.includes(name))
}

/** The picture of everything that can stand; `air` is not shown, the access links are. */
const wholeTopology: Topology = {
  hosts: [
    { name: 'cn', role: 'correspondent', group: 'internet' },
    { name: 'hs', role: 'home server', group: 'home domain' },
    { name: 'ha', role: 'home agent', group: 'home domain' },
    { name: 'core', role: 'core router', group: 'core' },
    { name: 'relay', role: 'Diameter relay', group: 'core' },
    { name: 'fsa', role: 'foreign server', group: 'foreign domain A' },
    { name: 'a1', role: 'foreign agent', group: 'foreign domain A' },
    { name: 'a2', role: 'foreign agent', group: 'foreign domain A' },
    { name: 'mn1', role: 'mobile node', group: 'mobile nodes' },
    { name: 'mn2', role: 'mobile node', group: 'mobile nodes' },
  ],
  links: [
    { a: 'cn', b: 'ha', kind: 'wire' },
    { a: 'ha', b: 'core', kind: 'wire' },
    { a: 'hs', b: 'core', kind: 'wire' },
    { a: 'core', b: 'relay', kind: 'wire' },
    { a: 'core', b: 'fsa', kind: 'wire' },
    { a: 'core', b: 'a1', kind: 'wire' },
    { a: 'core', b: 'a2', kind: 'wire' },
    { a: 'ha', b: 'a1', kind: 'tunnel' },
    { a: 'ha', b: 'a2', kind: 'tunnel' },
    { a: 'ha', b: 'hs', kind: 'diameter' },
    { a: 'hs', b: 'fsa', kind: 'diameter' },
    { a: 'hs', b: 'relay', kind: 'diameter' },
    { a: 'relay', b: 'fsa', kind: 'diameter' },
    { a: 'fsa', b: 'a1', kind: 'diameter' },
    { a: 'fsa', b: 'a2', kind: 'diameter' },
    { a: 'a1', b: 'mn1', kind: 'access' },
    { a: 'a2', b: 'mn1', kind: 'access' },
    { a: 'a2', b: 'mn2', kind: 'access' },
  ],
}

/** The picture in the report. */
export function topologyOf(hosts: readonly HostName[]): Topology {
  const stands = (name: string): boolean => hosts.some((host) => host === name)
  return {
    hosts: wholeTopology.hosts.filter(({ name }) => stands(name)),
    links: wholeTopology.links
      .filter(({ a, b }) => stands(a) && stands(b))
      .filter(({ a, b }) => !(stands('relay') && a === 'hs' && b === 'fsa')),
  }
}

/** The host that owns an address; the address itself when nobody does. */
export function hostOfAddress(address: Ipv4Address): string {
  if (address === homeAgentAddress) return 'ha'
  for (const [name, own] of Object.entries(hostAddress)) if (own === address) return name
  for (const [name, { homeAddress }] of Object.entries(mobileNodes)) if (homeAddress === address) return name
  for (const [name, { access }] of Object.entries(foreignAgents)) if (access === address) return name
  return address
}
