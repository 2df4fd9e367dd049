import type { Ipv4Address } from '#core/ipv4.ts'
import type { Topology } from '../report/report.ts'

/** Every host is a network namespace of its own with this name. `air` is the layer 2 switch that joins nodes to access links. */
export const hostNames = [
  'cn',
  'core',
  'nat',
  'hr',
  'ha',
  'ha2',
  'hs',
  'relay',
  'fsa',
  'haa',
  'a1',
  'a2',
  'fsb',
  'b1',
  'ca',
  'cn2',
  'mn1',
  'mn2',
  'air',
] as const
export type HostName = (typeof hostNames)[number]

/**
 * Those of them that stand only where a scenario asks for them. With `hr` the home network is a link: the router of the home domain,
 * its home agents and nodes that are at home are hosts on it. Without, it is virtual, and `ha` is the way to it. `nat` stands between `ha` and
 * `cn`; not together with `hr`.
 */
export const extraHostNames = [
  'hr',
  'ha2',
  'relay',
  'haa',
  'fsb',
  'b1',
  'ca',
  'cn2',
  'nat',
] as const satisfies readonly HostName[]
export type ExtraHostName = (typeof extraHostNames)[number]

export const mobileNodeNames = ['mn1', 'mn2'] as const
export type MobileNodeName = (typeof mobileNodeNames)[number]

export const foreignAgentNames = ['a1', 'a2', 'b1'] as const
export type ForeignAgentName = (typeof foreignAgentNames)[number]

export const homeAgentNames = ['ha', 'ha2', 'haa'] as const
export type HomeAgentName = (typeof homeAgentNames)[number]

/** Where a node can be: on the access link of a foreign agent, or at home. */
export type AccessLinkName = ForeignAgentName | 'home'

export function isHostName(text: string): text is HostName {
  return hostNames.some((name) => name === text)
}

/** The hosts' addresses towards each other. */
export const hostAddress = {
  cn: '203.0.113.10',
  cn2: '10.3.101.10',
  core: '10.0.1.1',
  ha: '10.0.1.2',
  hs: '10.0.2.2',
  relay: '10.0.3.2',
  hr: '10.0.5.2',
  ha2: '10.0.6.2',
  fsa: '10.1.0.2',
  a1: '10.1.1.2',
  a2: '10.1.2.2',
  haa: '10.1.5.2',
  fsb: '10.2.0.2',
  b1: '10.2.1.2',
  ca: '10.3.0.2',
  nat: '10.0.8.2',
} as const satisfies Partial<Record<HostName, Ipv4Address>>

/** The home agent as mobile nodes know it: an address of the home network, where the tunnels start. */
export const homeAgentAddress: Ipv4Address = '192.0.2.1'
export const homeNetwork = '192.0.2.0/24'
/** What `nat` gives to nodes outside, and to correspondents inside. */
export const translatedNetworks = { outside: '198.51.100.0/24', inside: '10.99.0.0/24' } as const
/** Of the router on the home link. */
export const homeRouterAddress: Ipv4Address = '192.0.2.254'
/** Home addresses that the home agent of domain A gives to visitors. */
export const visitorsNetwork = '198.51.100.0/24'
/** The link of correspondents behind a correspondent agent. */
export const correspondentNetwork = '10.3.101.0/24'
/** The correspondent agent on that link. */
export const correspondentAgentAccess: Ipv4Address = '10.3.101.1'

export const homeAgents = {
  ha: { address: homeAgentAddress },
  ha2: { address: '192.0.2.2' },
  haa: { address: '198.51.100.1' },
} as const satisfies Record<HomeAgentName, { address: Ipv4Address }>

export const mobileNodes = {
  mn1: { nai: 'mn1@home.example', homeAddress: '192.0.2.11' },
  mn2: { nai: 'mn2@home.example', homeAddress: '192.0.2.12' },
} as const satisfies Record<MobileNodeName, { nai: string; homeAddress: Ipv4Address }>

/** `careOfAddress` lies in the core network, `access` on the link to the mobile nodes. */
export const foreignAgents = {
  a1: { careOfAddress: hostAddress.a1, access: '10.1.101.1' },
  a2: { careOfAddress: hostAddress.a2, access: '10.1.102.1' },
  b1: { careOfAddress: hostAddress.b1, access: '10.2.101.1' },
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
    { name: 'nat', role: 'address translator', group: 'home domain' },
    { name: 'cn2', role: 'correspondent', group: 'correspondent network' },
    { name: 'ca', role: 'correspondent agent', group: 'correspondent network' },
    { name: 'hs', role: 'home server', group: 'home domain' },
    { name: 'hr', role: 'home router', group: 'home domain' },
    { name: 'ha', role: 'home agent', group: 'home domain' },
    { name: 'ha2', role: 'home agent', group: 'home domain' },
    { name: 'core', role: 'core router', group: 'core' },
    { name: 'relay', role: 'Diameter relay', group: 'core' },
    { name: 'fsa', role: 'foreign server', group: 'foreign domain A' },
    { name: 'a1', role: 'foreign agent', group: 'foreign domain A' },
    { name: 'a2', role: 'foreign agent', group: 'foreign domain A' },
    { name: 'haa', role: 'home agent of A', group: 'foreign domain A' },
    { name: 'fsb', role: 'foreign server', group: 'foreign domain B' },
    { name: 'b1', role: 'foreign agent', group: 'foreign domain B' },
    { name: 'mn1', role: 'mobile node', group: 'mobile nodes' },
    { name: 'mn2', role: 'mobile node', group: 'mobile nodes' },
  ],
  links: [
    { a: 'cn', b: 'ha', kind: 'wire' },
    { a: 'cn', b: 'nat', kind: 'wire' },
    { a: 'nat', b: 'ha', kind: 'wire' },
    { a: 'nat', b: 'hs', kind: 'diameter' },
    { a: 'cn', b: 'hr', kind: 'wire' },
    { a: 'hr', b: 'ha', kind: 'wire' },
    { a: 'hr', b: 'ha2', kind: 'wire' },
    { a: 'hr', b: 'core', kind: 'wire' },
    { a: 'ha2', b: 'core', kind: 'wire' },
    { a: 'cn2', b: 'ca', kind: 'wire' },
    { a: 'ca', b: 'core', kind: 'wire' },
    { a: 'core', b: 'haa', kind: 'wire' },
    { a: 'core', b: 'fsb', kind: 'wire' },
    { a: 'core', b: 'b1', kind: 'wire' },
    { a: 'ha', b: 'core', kind: 'wire' },
    { a: 'hs', b: 'core', kind: 'wire' },
    { a: 'core', b: 'relay', kind: 'wire' },
    { a: 'core', b: 'fsa', kind: 'wire' },
    { a: 'core', b: 'a1', kind: 'wire' },
    { a: 'core', b: 'a2', kind: 'wire' },
    { a: 'ha', b: 'a1', kind: 'tunnel' },
    { a: 'ha', b: 'a2', kind: 'tunnel' },
    { a: 'ha2', b: 'a1', kind: 'tunnel' },
    { a: 'ha2', b: 'a2', kind: 'tunnel' },
    { a: 'haa', b: 'a1', kind: 'tunnel' },
    { a: 'haa', b: 'a2', kind: 'tunnel' },
    { a: 'ha', b: 'b1', kind: 'tunnel' },
    { a: 'ca', b: 'a1', kind: 'tunnel' },
    { a: 'ca', b: 'a2', kind: 'tunnel' },
    { a: 'ha', b: 'hs', kind: 'diameter' },
    { a: 'ha2', b: 'hs', kind: 'diameter' },
    { a: 'fsa', b: 'haa', kind: 'diameter' },
    { a: 'hs', b: 'fsb', kind: 'diameter' },
    { a: 'fsb', b: 'b1', kind: 'diameter' },
    { a: 'hs', b: 'fsa', kind: 'diameter' },
    { a: 'hs', b: 'relay', kind: 'diameter' },
    { a: 'relay', b: 'fsa', kind: 'diameter' },
    { a: 'fsa', b: 'a1', kind: 'diameter' },
    { a: 'fsa', b: 'a2', kind: 'diameter' },
    { a: 'a1', b: 'mn1', kind: 'access' },
    { a: 'a2', b: 'mn1', kind: 'access' },
    { a: 'a2', b: 'mn2', kind: 'access' },
    { a: 'b1', b: 'mn1', kind: 'access' },
  ],
}

/** The picture in the report. */
export function topologyOf(hosts: readonly HostName[]): Topology {
  const stands = (name: string): boolean => hosts.some((host) => host === name)
  return {
    hosts: wholeTopology.hosts.filter(({ name }) => stands(name)),
    links: wholeTopology.links
      .filter(({ a, b }) => stands(a) && stands(b))
      .filter(({ a, b }) => !(stands('relay') && a === 'hs' && b === 'fsa'))
      .filter(({ a, b }) => !((stands('hr') || stands('nat')) && a === 'cn' && b === 'ha')),
  }
}

/** The host that owns an address; the address itself when nobody does. */
export function hostOfAddress(address: Ipv4Address): string {
  for (const [name, own] of Object.entries(homeAgents)) if (own.address === address) return name
  for (const [name, own] of Object.entries(hostAddress)) if (own === address) return name
  for (const [name, { homeAddress }] of Object.entries(mobileNodes)) if (homeAddress === address) return name
  for (const [name, { access }] of Object.entries(foreignAgents)) if (access === address) return name
  return address
}
