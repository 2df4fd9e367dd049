import { execa } from 'execa'
import type { Ipv4Address } from '#core/ipv4.ts'
import { LabError } from '../lab-error.ts'
import { runInHost } from './host-command.ts'
import {
  correspondentAgentAccess,
  correspondentNetwork,
  type ForeignAgentName,
  foreignAgentNames,
  foreignAgents,
  type HostName,
  homeAgents,
  homeNetwork,
  homeRouterAddress,
  hostAddress,
  mobileNodeNames,
  translatedNetworks,
  visitorsNetwork,
} from './hosts.ts'

/** One end of an Ethernet cable. */
interface CableEnd {
  host: HostName
  interface: string
}

/** Hosts with a network of their own to the core router; their interface is `core0`, the router's bears their name. */
const coreNeighbours = [
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
] as const satisfies readonly HostName[]
type CoreNeighbour = (typeof coreNeighbours)[number]

/** On the home link, each with an interface `home0`. */
const homeLinkHosts = ['hr', 'ha', 'ha2'] as const satisfies readonly HostName[]

/** The core router's address on the network of a neighbour. */
function routerOf(host: CoreNeighbour): Ipv4Address {
  return hostAddress[host].replace(/\d+$/, '1')
}

/**
 * The cables between hosts that stand. A mobile node's `radio0` ends in a port of `air` with the node's name; ports change their bridge
 * when a node moves (`air.ts`).
 */
function cablesBetween(hosts: readonly HostName[]): [CableEnd, CableEnd][] {
  const end = (host: HostName, name: string): CableEnd => ({ host, interface: name })
  const homeLink = hosts.includes('hr')
  const cables: [CableEnd, CableEnd][] = [
    [end('cn', 'eth0'), end(homeLink ? 'hr' : hosts.includes('nat') ? 'nat' : 'ha', 'cn0')],
    [end('nat', 'inside0'), end('ha', 'nat0')],
    [end('cn2', 'eth0'), end('ca', 'inner')],
    ...(homeLink ? homeLinkHosts : []).map((host): [CableEnd, CableEnd] => [
      end(host, 'home0'),
      end('air', `${host}-home`),
    ]),
    ...coreNeighbours.map((host): [CableEnd, CableEnd] => [end('core', host), end(host, 'core0')]),
    ...foreignAgentNames.map((host): [CableEnd, CableEnd] => [
      end(host, 'access'),
      end('air', `${host}-port`),
    ]),
    ...mobileNodeNames.map((host): [CableEnd, CableEnd] => [end(host, 'radio0'), end('air', host)]),
  ]
  return cables.filter((ends) => ends.every(({ host }) => hosts.includes(host)))
}

/** The way of every neighbour to the rest. */
function neighbourSetUp(host: CoreNeighbour): string[] {
  return [`address add ${hostAddress[host]}/24 dev core0`, `route add default via ${routerOf(host)}`]
}

function foreignAgentSetUp(host: ForeignAgentName): string[] {
  return [...neighbourSetUp(host), `address add ${foreignAgents[host].access}/24 dev access`]
}

/** The network of an access link. */
function accessNetwork(host: ForeignAgentName): string {
  return `${foreignAgents[host].access.replace(/\d+$/, '0')}/24`
}

/** The home agent's address on the home link; where there is none, all that is in no tunnel is nowhere. */
function homeAgentSetUp(host: 'ha' | 'ha2', homeLink: boolean): string[] {
  const { address } = homeAgents[host]
  return [
    ...neighbourSetUp(host),
    ...(homeLink
      ? [`address add ${address}/24 dev home0`]
      : [`address add ${address}/32 dev lo`, `route add unreachable ${homeNetwork}`]),
  ]
}

/** The link between home agent and translator. */
const translationLink = '10.0.8.0/24'
const insideRouter: Ipv4Address = '10.0.8.1'
const behindTranslator = [
  `address add ${insideRouter}/24 dev nat0`,
  ...['203.0.113.0/24', translatedNetworks.inside].map((to) => `route add ${to} via ${hostAddress.nat}`),
]

/** An access link, or the home link. No spanning tree, no learning of multicast groups: a frame passes in the moment the port is up. */
function bridgeSetUp(bridge: string, ports: readonly string[]): string[] {
  return [
    `link add ${bridge} type bridge forward_delay 0 stp_state 0 mcast_snooping 0`,
    `link set ${bridge} up`,
    ...ports.map((port) => `link set ${port} master ${bridge}`),
  ]
}

/** Addresses, bridges and routes of a host, as `ip -batch` reads them. Interfaces are taken up before, all but the nodes' ports. */
function setUpOf(host: HostName, hosts: readonly HostName[]): string[] {
  const standing = <Name extends HostName>(names: readonly Name[]): Name[] =>
    names.filter((name) => hosts.includes(name))
  const homeLink = hosts.includes('hr')
  switch (host) {
    case 'cn':
      return [
        `address add ${hostAddress.cn}/24 dev eth0`,
        'route add default via 203.0.113.1',
        // A wire carries frames. Without this, segments of 64 KB would cross all links in one piece, and one of them holds a 4 Mbit/s
        // class for 130 ms, so that the packets behind it are dropped for their delay.
        'link set eth0 gso_max_segs 1',
      ]
    case 'core':
      return [
        ...standing(coreNeighbours).map((name) => `address add ${routerOf(name)}/24 dev ${name}`),
        `route add 203.0.113.0/24 via ${hostAddress[homeLink ? 'hr' : 'ha']}`,
        `route add ${homeNetwork} via ${hostAddress[homeLink ? 'hr' : 'ha']}`,
        ...standing(['nat']).flatMap(() =>
          [translatedNetworks.inside, translationLink].map((to) => `route add ${to} via ${hostAddress.ha}`),
        ),
        ...standing(['haa']).map((name) => `route add ${visitorsNetwork} via ${hostAddress[name]}`),
        ...standing(['ca']).map((name) => `route add ${correspondentNetwork} via ${hostAddress[name]}`),
        ...standing(foreignAgentNames).map(
          (name) => `route add ${accessNetwork(name)} via ${hostAddress[name]}`,
        ),
      ]
    case 'cn2':
      return [
        `address add ${hostAddress.cn2}/24 dev eth0`,
        `route add default via ${correspondentAgentAccess}`,
        'link set eth0 gso_max_segs 1',
      ]
    case 'ca':
      return [...neighbourSetUp('ca'), `address add ${correspondentAgentAccess}/24 dev inner`]
    case 'hr':
      return [
        ...neighbourSetUp('hr'),
        'address add 203.0.113.1/24 dev cn0',
        `address add ${homeRouterAddress}/24 dev home0`,
      ]
    case 'ha':
      return [
        ...homeAgentSetUp('ha', homeLink),
        ...(hosts.includes('nat')
          ? behindTranslator
          : homeLink
            ? []
            : ['address add 203.0.113.1/24 dev cn0']),
      ]
    case 'nat':
      return [
        `address add ${hostAddress.nat}/24 dev inside0`,
        'address add 203.0.113.1/24 dev cn0',
        `route add ${homeNetwork} via ${insideRouter}`,
        `route add 10.0.0.0/14 via ${insideRouter}`,
        // What is known inside by such an address lies outside.
        `route add ${translatedNetworks.inside} via ${hostAddress.cn}`,
      ]
    case 'ha2':
      return homeAgentSetUp('ha2', homeLink)
    case 'haa':
      return [
        ...neighbourSetUp('haa'),
        `address add ${homeAgents.haa.address}/32 dev lo`,
        `route add unreachable ${visitorsNetwork}`,
      ]
    case 'hs':
    case 'relay':
    case 'fsa':
    case 'fsb':
      return neighbourSetUp(host)
    case 'a1':
    case 'a2':
    case 'b1':
      return foreignAgentSetUp(host)
    case 'air':
      return [
        ...standing(foreignAgentNames).flatMap((name) => bridgeSetUp(name, [`${name}-port`])),
        ...(homeLink
          ? bridgeSetUp(
              'home',
              standing(homeLinkHosts).map((name) => `${name}-home`),
            )
          : []),
      ]
    case 'mn1':
    case 'mn2':
      return []
  }
}

/** IPv6 is off so that captures hold nothing but the story; all else is what a router needs. */
const systemControls = [
  'echo 1 >/proc/sys/net/ipv4/ip_forward',
  'for where in all default; do echo 0 >/proc/sys/net/ipv4/conf/$where/rp_filter',
  '[ ! -e /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/$where/disable_ipv6; done',
].join('; ')

/**
 * Makes these hosts and their cables, addresses and static routes, after the hosts of an earlier scenario are gone. Few processes, since
 * each costs 20 ms in user-mode Linux.
 */
export async function buildNetwork(hosts: readonly HostName[]): Promise<void> {
  await run('ip', ['-all', 'netns', 'delete'])
  await ipBatch(hosts.map((host) => `netns add ${host}`))
  await run('ip', ['-all', 'netns', 'exec', 'sh', '-c', systemControls])
  const cables = cablesBetween(hosts)
  await ipBatch(
    cables.map(
      ([a, b]) =>
        `link add ${a.interface} netns ${a.host} type veth peer name ${b.interface} netns ${b.host}`,
    ),
  )
  for (const host of hosts) {
    const isNodePort = (name: string): boolean => host === 'air' && name.startsWith('mn')
    const up = cables
      .flat()
      .filter((end) => end.host === host && !isNodePort(end.interface))
      .map((end) => `link set ${end.interface} up`)
    const lines = ['link set lo up', ...up, ...setUpOf(host, hosts)]
    await runInHost(host, ['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` })
  }
}

async function ipBatch(lines: readonly string[]): Promise<void> {
  await run('ip', ['-batch', '-'], `${lines.join('\n')}\n`)
}

async function run(program: string, argv: readonly string[], input = ''): Promise<void> {
  const result = await execa(program, argv, { reject: false, all: true, input })
  if (result.failed)
    throw new LabError('lab/command', `\`${program} ${argv.join(' ')}\` failed:\n${result.all}\n${input}`)
}
