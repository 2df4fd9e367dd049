import { execa } from 'execa'
import { LabError } from '../lab-error.ts'
import { runInHost } from './host-command.ts'
import { type HostName, homeAgentAddress, homeNetwork, hostNames } from './hosts.ts'

/** One Ethernet cable: interface and host at either end. */
interface Cable {
  a: { host: HostName; interface: string }
  b: { host: HostName; interface: string }
}

function cable(a: `${HostName}:${string}`, b: `${HostName}:${string}`): Cable {
  const end = (text: string): Cable['a'] => {
    const [host, name] = text.split(':')
    const known = hostNames.find((candidate) => candidate === host)
    if (!known || !name) throw new LabError('lab/usage', `not HOST:INTERFACE: ${text}`)
    return { host: known, interface: name }
  }
  return { a: end(a), b: end(b) }
}

/** A mobile node's `radio0` ends in a port of `air` with the node's name; ports change their bridge when a node moves (`air.ts`). */
const cables = [
  cable('cn:eth0', 'ha:cn0'),
  cable('core:ha0', 'ha:core0'),
  cable('core:hs0', 'hs:core0'),
  cable('core:fsa0', 'fsa:core0'),
  cable('core:a1', 'a1:core0'),
  cable('core:a2', 'a2:core0'),
  cable('a1:access', 'air:a1-port'),
  cable('a2:access', 'air:a2-port'),
  cable('mn1:radio0', 'air:mn1'),
  cable('mn2:radio0', 'air:mn2'),
]

/** Addresses, bridges and routes of each host, as `ip -batch` reads them. Interfaces are taken up before, all but the nodes' ports. */
const hostSetUp: Partial<Record<HostName, string[]>> = {
  cn: [
    'address add 203.0.113.10/24 dev eth0',
    'route add default via 203.0.113.1',
    // A wire carries frames. Without this, segments of 64 KB would cross all links in one piece, and one of them holds a 4 Mbit/s
    // class for 130 ms, so that the packets behind it are dropped for their delay.
    'link set eth0 gso_max_segs 1',
  ],
  core: [
    'address add 10.0.1.1/24 dev ha0',
    'address add 10.0.2.1/24 dev hs0',
    'address add 10.1.0.1/24 dev fsa0',
    'address add 10.1.1.1/24 dev a1',
    'address add 10.1.2.1/24 dev a2',
    'route add 203.0.113.0/24 via 10.0.1.2',
    `route add ${homeNetwork} via 10.0.1.2`,
    'route add 10.1.101.0/24 via 10.1.1.2',
    'route add 10.1.102.0/24 via 10.1.2.2',
  ],
  ha: [
    'address add 203.0.113.1/24 dev cn0',
    'address add 10.0.1.2/24 dev core0',
    `address add ${homeAgentAddress}/32 dev lo`,
    // The home network is virtual: what is in no tunnel is nowhere.
    `route add unreachable ${homeNetwork}`,
    'route add default via 10.0.1.1',
  ],
  hs: ['address add 10.0.2.2/24 dev core0', 'route add default via 10.0.2.1'],
  fsa: ['address add 10.1.0.2/24 dev core0', 'route add default via 10.1.0.1'],
  a1: [
    'address add 10.1.1.2/24 dev core0',
    'address add 10.1.101.1/24 dev access',
    'route add default via 10.1.1.1',
  ],
  a2: [
    'address add 10.1.2.2/24 dev core0',
    'address add 10.1.102.1/24 dev access',
    'route add default via 10.1.2.1',
  ],
  air: ['a1', 'a2'].flatMap((bridge) => [
    // No spanning tree, no learning of multicast groups: a frame passes in the moment the port is up.
    `link add ${bridge} type bridge forward_delay 0 stp_state 0 mcast_snooping 0`,
    `link set ${bridge} up`,
    `link set ${bridge}-port master ${bridge}`,
  ]),
}

/** IPv6 is off so that captures hold nothing but the story; all else is what a router needs. */
const systemControls = [
  'echo 1 >/proc/sys/net/ipv4/ip_forward',
  'for where in all default; do echo 0 >/proc/sys/net/ipv4/conf/$where/rp_filter',
  '[ ! -e /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/$where/disable_ipv6; done',
].join('; ')

/** Makes all hosts and cables, addresses and static routes. Few processes, since each costs 20 ms in user-mode Linux. */
export async function buildNetwork(): Promise<void> {
  await ipBatch(hostNames.map((host) => `netns add ${host}`))
  await run('ip', ['-all', 'netns', 'exec', 'sh', '-c', systemControls])
  await ipBatch(
    cables.map(
      ({ a, b }) =>
        `link add ${a.interface} netns ${a.host} type veth peer name ${b.interface} netns ${b.host}`,
    ),
  )
  for (const host of hostNames) {
    const interfaces = cables.flatMap(({ a, b }) => [a, b]).filter((end) => end.host === host)
    const isNodePort = (name: string): boolean => host === 'air' && name.startsWith('mn')
    const up = interfaces
      .filter((end) => !isNodePort(end.interface))
      .map((end) => `link set ${end.interface} up`)
    const lines = ['link set lo up', ...up, ...(hostSetUp[host] ?? [])]
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
