import { until } from '../../condition.ts'
import { moveNode } from '../../topology/air.ts'
import { tryInHost } from '../../topology/host-command.ts'
import { type HostName, homeRouterAddress, hostAddress, mobileNodes } from '../../topology/hosts.ts'
import { rateOfProfile } from '../../topology/service-control.ts'
import { type CapturePoint, decodeCaptures } from '../../witness/capture.ts'
import { firstHopOutOfOrder } from '../../witness/signalling.ts'
import type { Witness } from '../../witness/witness.ts'
import { joinNode, prepare } from '../preparation.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { checkForeignAgent, checkHomeAgent } from '../tour/kernel-checks.ts'
import { checkNothingLeft } from '../tour/release.ts'

const { homeAddress } = mobileNodes.mn1
const rateBitsPerSecond = rateOfProfile.bronze

const homeLink: CapturePoint = {
  host: 'ha',
  interface: 'home0',
  filter: 'arp or udp port 434 or icmp',
  snapLength: 512,
}
const diameter: CapturePoint = {
  host: 'core',
  interface: 'any',
  filter: 'tcp port 3868',
  snapLength: 4096,
}
/** Nothing of a node that is at home has to pass the core. */
const throughCore: CapturePoint = {
  host: 'core',
  interface: 'any',
  filter: `host ${homeAddress} or ip proto 4`,
  snapLength: 96,
}

/** The home network is a link with a router; the home agent is a host on it (RFC 5944, sections 3.6 and 4.6). */
export const returnHome: Scenario = {
  title: 'A node comes home, takes its binding back, is reached without any tunnel, and leaves again',
  variation: { extraHosts: ['hr'] },
  async run(lab) {
    await prepare(lab)
    await awayStep(lab)
    await homeStep(lab)
    await againStep(lab)
    await releaseStep(lab)
  },
}

async function awayStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step('away', 'mn1 is at a1: on the home link the home agent answers for it')
  await joinNode(lab, 'mn1', 'a1')
  await checkNeighbour(witness, 'ha', 'home0')
}

async function homeStep({ witness, roles }: Lab): Promise<void> {
  witness.report.step('home', 'mn1 comes home and deregisters')
  const captures = await Promise.all([
    witness.capture('home-link', homeLink),
    witness.capture('home-core', diameter),
  ])
  await moveNode('mn1', 'home')
  const node = roles.daemon('mn1')
  await until(
    'mn1 has taken its binding back',
    { timeoutSeconds: 15 },
    () => /"deregistered"/.test(node.log()) || undefined,
    () => node.logTail(),
  )
  await checkNothingLeft(witness, ['ha', 'a1'], 10, 'mn1 has come home')
  await witness.stopCaptures(captures)
  const messages = await witness.signalling(captures, /Reg|Termination|Abort/)
  const hops = ['RRQ mn1→ha', 'RRP ha→mn1', 'STR ha→hs', 'ASR hs→fsa', 'ASR fsa→a1']
  for (const order of [hops.slice(0, 2), hops.slice(2)]) {
    const wrong = firstHopOutOfOrder(messages, order)
    witness.check(
      `hops-${order.length}`,
      'The binding is taken back on the home link; the home server ends what is left of it',
      order.join(', '),
      wrong === undefined ? order.join(', ') : `missing or out of order: ${wrong}`,
    )
  }
  const reply = messages.findLast(({ name, to }) => name === 'RRP' && to === 'mn1')
  witness.check(
    'reply',
    'Code and lifetime of the registration reply to mn1',
    '0, 0 s',
    reply ? `${reply.replyCode}, ${reply.lifetimeSeconds} s` : 'no reply',
  )
  await checkHomeLink(witness, captures[0].file)
  await checkNeighbour(witness, 'mn1', 'radio0')
  await checkDirect(witness)
}

/** The node is told that it is at home, and tells the link so. */
async function checkHomeLink(witness: Witness, file: string): Promise<void> {
  const shown = 'icmp.mip.type == 16 or mip.type == 1 or mip.type == 3 or arp.isgratuitous == 1'
  const fields = ['icmp.mip.h', 'icmp.mip.f', 'arp.src.proto_ipv4', 'arp.src.hw_mac', 'mip.type']
  const { finished, rows } = await decodeCaptures(witness.reportFolder, [file], shown, fields)
  witness.report.evidence({ host: 'ha', command: finished.command, output: finished.output })
  const flags = rows.flatMap(([home, foreign]) =>
    home?.[0] === undefined ? [] : `H ${isSet(home[0]) ? 1 : 0}, F ${isSet(foreign?.[0]) ? 1 : 0}`,
  )
  witness.check(
    'advertised',
    'Bits of the agent advertisements on the home link',
    'H 1, F 0',
    [...new Set(flags)].join('; ') || 'none heard',
  )
  const toldSince = (messageType: string): string[] => {
    const since = rows.findIndex(([, , , , type]) => type?.[0] === messageType)
    return (since < 0 ? [] : rows.slice(since)).flatMap(([, , address, link]) =>
      address?.[0] === homeAddress ? (link ?? []) : [],
    )
  }
  const own = await linkAddress(witness, 'mn1', 'radio0')
  // The home agent repeats its own for some time, but not when it has let go.
  const [request, reply] = ['1', '3']
  const told = [toldSince(request).includes(own) ? own : 'none', ...toldSince(reply)]
  witness.check(
    'gratuitous',
    `Link address that gratuitous ARP names for ${homeAddress} after the request on the home link, and no other after the reply`,
    own,
    [...new Set(told)].join(', '),
  )
}

/** tshark prints 1 or, later, True. */
function isSet(value: string | undefined): boolean {
  return value === '1' || value === 'True'
}

async function checkDirect(witness: Witness): Promise<void> {
  const capture = await witness.capture('home-direct', throughCore)
  const ping = await witness.see('cn', ['ping', '-n', '-c', '3', '-i', '0.2', homeAddress], /packet loss/)
  await witness.stopCaptures([capture])
  witness.check(
    'ping',
    'Answers of mn1 at home to 3 pings of the correspondent',
    '3',
    / (\d+) received/.exec(ping)?.[1] ?? 'none',
  )
  const seen = await witness.see('core', ['tcpdump', '-n', '-r', capture.file])
  witness.check(
    'direct',
    'Packets of mn1, or in tunnels, that pass the core meanwhile',
    'none',
    seen || 'none',
  )
  const way = await witness.see('mn1', ['ip', 'route', 'get', hostAddress.cn], / dev /)
  witness.check(
    'router',
    'Router by which mn1 sends to the correspondent',
    homeRouterAddress,
    / via (\S+)/.exec(way)?.[1] ?? 'none',
  )
}

async function againStep({ witness, roles }: Lab): Promise<void> {
  witness.report.step('again', 'mn1 leaves for a2: the home agent answers for it again')
  await moveNode('mn1', 'a2')
  let answer = ''
  await until(
    'mn1 can be reached at a2',
    { timeoutSeconds: 15, intervalMilliseconds: 50 },
    async () => {
      const ping = await tryInHost('cn', ['ping', '-n', '-c', '1', '-W', '1', homeAddress])
      answer = ping.output
      return ping.exitCode === 0 || undefined
    },
    () => `${answer}\n${roles.daemon('mn1').logTail()}`,
  )
  await checkNeighbour(witness, 'ha', 'home0', 'again-')
  const expected = { node: 'mn1', agent: 'a2', rateBitsPerSecond } as const
  await checkHomeAgent(witness, expected)
  await checkForeignAgent(witness, expected)
}

async function releaseStep({ witness, roles }: Lab): Promise<void> {
  witness.report.step('release', 'mn1 deregisters from a2')
  await roles.daemon('mn1').stop()
  await checkNothingLeft(witness, ['ha', 'a2'], 10, 'the deregistration')
  const proxies = await witness.see('ha', ['ip', 'neigh', 'show', 'proxy'])
  witness.check('no-proxy', 'Addresses for which ha answers ARP', 'none', proxies.trim() || 'none')
}

/** Whom the router of the home link sends to when it sends to mn1. */
async function checkNeighbour(witness: Witness, host: HostName, device: string, prefix = ''): Promise<void> {
  const wanted = await linkAddress(witness, host, device)
  const neighbours = await witness.see('hr', ['ip', 'neigh', 'show', homeAddress, 'dev', 'home0'])
  witness.check(
    `${prefix}neighbour-${host}`,
    `Link address of ${homeAddress} at the router of the home link: that of ${host}`,
    wanted,
    /lladdr (\S+)/.exec(neighbours)?.[1] ?? 'none',
  )
}

async function linkAddress(witness: Witness, host: HostName, device: string): Promise<string> {
  const link = await witness.look(host, ['ip', 'link', 'show', 'dev', device])
  return /link\/ether (\S+)/.exec(link)?.[1] ?? 'unknown'
}
