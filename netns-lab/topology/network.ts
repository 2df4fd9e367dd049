import { execa } from 'execa'
import type { Ipv4Address } from '#core/ipv4.ts'
import { LabError } from '../lab-error.ts'
import { runInHost } from './host-command.ts'
import {
  type ForeignAgentName,
  foreignAgentNames,
  foreignAgents,
  type HostName,
  homeAgentAddress,
  homeNetwork,
  hostAddress,
  mobileNodeNames,
} from './hosts.ts'

/** One end of an Ethernet cable. */
interface CableEnd {
  host: HostName
  interface: string
}

/** Hosts with a network of their own to the core router; their interface is `core0`, the router's bears their name. */
const coreNeighbours = ['ha', 'hs', 'relay', 'fsa', 'a1', 'a2'] as const satisfies readonly HostName[]
type CoreNeighbour = (typeof coreNeighbours)[number]

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
  const cables: [CableEnd, CableEnd][] = [
    [end('cn', 'eth0'), end('ha', 'cn0')],
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

/** Addresses, bridges and routes of a host, as `ip -batch` reads them. Interfaces are taken up before, all but the nodes' ports. */
function setUpOf(host: HostName, hosts: readonly HostName[]): string[] {
  const standing = <Name extends HostName>(names: readonly Name[]): Name[] =>
    names.filter((name) => hosts.includes(name))
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
        `route add 203.0.113.0/24 via ${hostAddress.ha}`,
        `route add ${homeNetwork} via ${hostAddress.ha}`,
        ...standing(foreignAgentNames).map(
          (name) => `route add ${accessNetwork(name)} via ${hostAddress[name]}`,
        ),
      ]
    case 'ha':
      return [
        ...neighbourSetUp('ha'),
        'address add 203.0.113.1/24 dev cn0',
        `address add ${homeAgentAddress}/32 dev lo`,
        // The home network is virtual: what is in no tunnel is nowhere.
        `route add unreachable ${homeNetwork}`,
      ]
    case 'hs':
    case 'relay':
    case 'fsa':
      return neighbourSetUp(host)
    case 'a1':
    case 'a2':
      return foreignAgentSetUp(host)
    case 'air':
      return standing(foreignAgentNames).flatMap((bridge) => [
        // No spanning tree, no learning of multicast groups: a frame passes in the moment the port is up.
        `link add ${bridge} type bridge forward_delay 0 stp_state 0 mcast_snooping 0`,
        `link set ${bridge} up`,
        `link set ${bridge}-port master ${bridge}`,
      ])
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
