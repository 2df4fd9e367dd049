import type { Ipv4Address } from '#core/ipv4.ts'
import { until } from '../../condition.ts'
import { moveNode } from '../../topology/air.ts'
import { runInHost, tryInHost } from '../../topology/host-command.ts'
import { foreignAgents, homeAgentAddress, mobileNodes } from '../../topology/hosts.ts'
import { baseProfile, type ProfileName, rateOfProfile } from '../../topology/service-control.ts'
import type { CapturePoint } from '../../witness/capture.ts'
import { tunnels } from '../../witness/kernel-state.ts'
import { firstHopOutOfOrder } from '../../witness/signalling.ts'
import { classOf, shapingPoint, tunnelsOf } from '../../witness/subscriber-state.ts'
import { setProfile } from '../operator.ts'
import { prepare } from '../preparation.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { checkClass } from '../tour/expectation.ts'
import { checkNothingLeft } from '../tour/release.ts'

const { nai, homeAddress } = mobileNodes.mn1
/** As a DHCP server of the visited network would have given them. */
const [first, second] = ['10.1.102.50', '10.1.102.60'] as const
const router = foreignAgents.a2.access

const visitedLink: CapturePoint = {
  host: 'a2',
  interface: 'access',
  filter: 'udp port 434 or ip proto 4',
  snapLength: 256,
}
const diameter: CapturePoint = {
  host: 'core',
  interface: 'any',
  filter: 'tcp port 3868',
  snapLength: 4096,
}

/** The link behind a2 has a router and no foreign agent: the node registers itself (RFC 5944, section 3.6; RFC 4004, section 3.4). */
export const coLocated: Scenario = {
  title: 'A node with an address of its own registers itself, and its tunnel ends in its own kernel',
  variation: {
    configurations: { mn1: { coLocated: {} } },
    strangers: [
      {
        name: 'visited-router',
        host: 'a2',
        command: ['sh', '-c', 'echo routing; exec sleep infinity'],
        files: {},
        ready: /routing/,
      },
    ],
  },
  async run(lab) {
    await prepare(lab)
    await registerStep(lab)
    await profileStep(lab)
    await addressStep(lab)
    await releaseStep(lab)
  },
}

async function registerStep(lab: Lab): Promise<void> {
  const { witness, roles } = lab
  witness.report.step('register', `mn1 gets ${first} on the visited link and registers with ha itself`)
  const captures = await Promise.all([
    witness.capture('register-access', visitedLink),
    witness.capture('register-core', diameter),
  ])
  await moveNode('mn1', 'a2')
  await giveAddress(first)
  await roles.startMobileNode('mn1')
  await untilReached(lab)
  const ping = ['ping', '-n', '-c', '3', '-i', '0.2', homeAddress]
  const answers = await witness.see('cn', ping, /packet loss/)
  await witness.stopCaptures(captures)
  witness.check('ping', 'Answers of mn1 to 3 pings', '3', / (\d+) received/.exec(answers)?.[1] ?? 'none')
  const messages = await witness.signalling(captures, /Reg|Mobile/)
  const hops = [`RRQ ${first}→ha`, 'AMR ha→hs', 'AMA hs→ha', `RRP ha→${first}`]
  const wrong = firstHopOutOfOrder(messages, hops)
  witness.check(
    'hops',
    'The registration: from the node itself; the home agent asks the home server',
    hops.join(', '),
    wrong === undefined ? hops.join(', ') : `missing or out of order: ${wrong}`,
  )
  const tunnelled = messages.filter(({ name, from, to }) => name === 'IPIP' && from === 'ha' && to === first)
  witness.check(
    'to-the-node',
    `Packets with outer protocol 4 from ha to ${first} on the visited link`,
    '3 or more',
    String(tunnelled.length),
    tunnelled.length >= 3,
  )
  await checkTunnel(lab, 'register', first)
  await checkProfile(lab, 'register', baseProfile.mn1)
}

async function profileStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step('profile', 'The operator gives mn1 the profile silver: it reaches the home agent')
  const code = await setProfile(lab, nai, 'silver')
  witness.check('set', 'Exit code of `sojourn subscriber set-profile`', '0', String(code))
  await checkProfile(lab, 'profile', 'silver')
}

async function addressStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step('address', `mn1 gets ${second} instead: the tunnel follows`)
  await runInHost('mn1', ['ip', 'address', 'delete', `${first}/24`, 'dev', 'radio0'])
  await giveAddress(second)
  await until(
    `the tunnel at ha leads to ${second}`,
    { timeoutSeconds: 15, intervalMilliseconds: 50 },
    async () => {
      const [tunnel, ...more] = await tunnelsOf(witness.look.bind(witness), 'ha')
      return (tunnel?.remote === second && more.length === 0) || undefined
    },
    () => lab.roles.daemon('mn1').logTail(),
  )
  await untilReached(lab)
  await checkTunnel(lab, 'address', second)
  await checkProfile(lab, 'address', 'silver')
}

async function releaseStep({ witness, roles }: Lab): Promise<void> {
  witness.report.step('release', 'mn1 deregisters')
  await roles.daemon('mn1').stop()
  await checkNothingLeft(witness, ['ha'], 10, 'the deregistration')
  const links = await witness.see('mn1', ['ip', '-d', 'link', 'show', 'type', 'ipip'])
  const own = tunnels(links).map((tunnel) => tunnel.interface)
  witness.check('no-tunnel', 'Tunnels of ours at mn1', 'none', own.join(', ') || 'none')
}

async function giveAddress(address: Ipv4Address): Promise<void> {
  const lines = [`address add ${address}/24 dev radio0`, `route add default via ${router}`]
  await runInHost('mn1', ['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` })
}

async function untilReached({ roles }: Lab): Promise<void> {
  let answer = ''
  await until(
    'mn1 answers to a ping of the correspondent',
    { timeoutSeconds: 15, intervalMilliseconds: 50 },
    async () => {
      const ping = await tryInHost('cn', ['ping', '-n', '-c', '1', '-W', '1', homeAddress])
      answer = ping.output
      return ping.exitCode === 0 || undefined
    },
    () => `${answer}\n${roles.daemon('mn1').logTail()}`,
  )
}

/** Both ends of the tunnel. */
async function checkTunnel({ witness }: Lab, prefix: string, careOfAddress: Ipv4Address): Promise<void> {
  const see = witness.see.bind(witness)
  const ends = {
    ha: `${homeAgentAddress} → ${careOfAddress}`,
    mn1: `${careOfAddress} → ${homeAgentAddress}`,
  } as const
  for (const [host, expected] of [['ha', ends.ha] as const, ['mn1', ends.mn1] as const]) {
    const found = await tunnelsOf(see, host)
    witness.check(
      `${prefix}-tunnel-${host}`,
      `Tunnels (ipip) at ${host}`,
      expected,
      found.map(({ local, remote }) => `${local} → ${remote}`).join(', ') || 'none',
    )
  }
}

async function checkProfile({ witness }: Lab, prefix: string, profile: ProfileName): Promise<void> {
  const found = await classOf(witness.see.bind(witness), shapingPoint.ha, homeAddress)
  checkClass(witness, `${prefix}-class-ha`, 'ha', rateOfProfile[profile], found)
}
