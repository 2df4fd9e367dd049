import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../condition.ts'
import { forgedUpdate, impersonate } from '../../strangers/home-agent-impostor.ts'
import { moveNode } from '../../topology/air.ts'
import { bindingKeyFile, bindingSpi } from '../../topology/credentials.ts'
import { type ForeignAgentName, foreignAgents, hostAddress, mobileNodes } from '../../topology/hosts.ts'
import { baseProfile, type ProfileName, rateOfProfile } from '../../topology/service-control.ts'
import { meanGoodput, payloadShare } from '../../witness/goodput.ts'
import { Iperf3, summary } from '../../witness/iperf3.ts'
import { classOf, shapingPoint, tunnelsOf } from '../../witness/subscriber-state.ts'
import { setProfile } from '../operator.ts'
import { joinNode, prepare } from '../preparation.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { checkClass, checkRate } from '../tour/expectation.ts'
import { intervalSeconds, tcpPort, warmUpSeconds } from '../tour/goodput-run.ts'
import { checkNothingLeft } from '../tour/release.ts'
import { describeWays, type WatchedStream, watchStream } from './watched-stream.ts'

const { nai, homeAddress } = mobileNodes.mn1
const iperfSeconds = 3

/** Row C5: packets of correspondents go straight to where a node is, in its class, and what changes is told to who sends them. */
export const routeOptimization: Scenario = {
  title: 'Route optimization: a correspondent agent learns where the node is, and shapes as its profile says',
  variation: { extraHosts: ['ca', 'cn2'] },
  async run(lab) {
    await prepare(lab)
    const direct = await directStep(lab)
    await profileStep(lab)
    await restartStep(lab)
    await moveStep(lab)
    await forgeryStep(lab, direct)
    await releaseStep(lab)
    await expiryStep(lab)
  },
}

/** The first packets go by the home agent; their copies make the correspondent agent ask. */
async function directStep(lab: Lab): Promise<WatchedStream> {
  const { witness } = lab
  witness.report.step('direct', 'cn2 sends to mn1 at a1: first by the home agent, then straight')
  await joinNode(lab, 'mn1', 'a1')
  const stream = await watchStream(witness, 'direct', { destination: homeAddress, count: 100 })
  checkMessages(lab, 'direct', stream, ['Request ca→ha', 'Update ha→ca', 'Acknowledge ca→ha'])
  const { packets } = stream
  const lastByHome = packets.findLastIndex(({ way }) => way === 'ha→a1')
  const firstDirect = packets.findIndex(({ way }) => way === 'ca→a1')
  witness.check(
    'direct-ways',
    'Tunnels of the echo requests of cn2, in their order',
    'some ha→a1, then only ca→a1',
    describeWays(packets),
    lastByHome >= 0 && firstDirect > lastByHome && firstDirect < packets.length / 2,
  )
  checkAnswered(lab, 'direct', stream)
  await checkCorrespondentAgent(lab, 'direct', 'a1', baseProfile.mn1)
  return stream
}

/** The record of the home agent finds the correspondent agent. */
async function profileStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step(
    'profile',
    'The operator gives mn1 silver: the class at the correspondent agent changes too',
  )
  const exitCode = await setProfile(lab, nai, 'silver')
  witness.check('operator', 'Exit code of `sojourn subscriber set-profile`', '0', String(exitCode))
  await classBecomes(lab, 'silver')
  await checkCorrespondentAgent(lab, 'profile', 'a1', 'silver')
  const look = witness.look.bind(witness)
  const atHome = async () => (await classOf(look, shapingPoint.ha, homeAddress))?.packets
  const before = await atHome()
  witness.report.activity(`iperf3 for ${iperfSeconds} s`)
  const run = await Iperf3.start({
    from: 'cn2',
    to: { host: 'mn1', address: homeAddress, port: tcpPort },
    seconds: iperfSeconds,
    intervalSeconds,
  })
  const { receiver, sender, client } = await run.result()
  witness.report.evidence({ host: 'cn2', command: client.command, output: summary(client.output) })
  checkRate(
    witness,
    'goodput',
    'Goodput from cn2 to mn1 with silver',
    rateOfProfile.silver * payloadShare(sender.pathMtu ?? Number.NaN),
    meanGoodput(receiver.intervals, warmUpSeconds, iperfSeconds),
  )
  witness.check(
    'none-by-home',
    'Packets in the class of mn1 at ha before and after that run',
    `${before}, ${before}`,
    `${before}, ${await atHome()}`,
  )
}

/** The kernel goes on, and the next process adopts what it finds. */
async function restartStep(lab: Lab): Promise<void> {
  const { witness, roles } = lab
  witness.report.step('restart', 'The correspondent agent is killed and started again under a stream')
  const stream = await watchStream(witness, 'restart', {
    destination: homeAddress,
    count: 100,
    async beside() {
      await roles.kill('ca')
      await roles.startAgain('ca')
    },
  })
  witness.check(
    'restart-ways',
    'Tunnels of the echo requests of cn2 meanwhile',
    `ca→a1 ${stream.sent}`,
    describeWays(stream.packets),
  )
  checkAnswered(lab, 'restart', stream)
  await checkCorrespondentAgent(lab, 'restart', 'a1', 'silver')
}

async function moveStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step('move', 'mn1 moves to a2 under a stream: the correspondent agent follows')
  const stream = await watchStream(witness, 'move', {
    destination: homeAddress,
    async beside() {
      await moveNode('mn1', 'a2')
      await tunnelLeadsTo(lab, 'a2')
      // Some packets more, that show which way they go now.
      await until('the node answers at a2', { timeoutSeconds: 5 }, async () => {
        const found = await classOf(witness.look.bind(witness), shapingPoint.ca, homeAddress)
        return (found?.packets ?? 0) >= 20 || undefined
      })
    },
  })
  checkMessages(lab, 'move', stream, ['Update ha→ca', 'Acknowledge ca→ha'])
  const last = stream.packets.at(-1)?.way
  const byHome = stream.packets.filter(({ way }) => way.startsWith('ha→')).length
  witness.check(
    'move-ways',
    'Tunnels of the echo requests of cn2 while mn1 moved: by the home agent, and the last one',
    '0, ca→a2',
    `${byHome}, ${last}; ${describeWays(stream.packets)}`,
    byHome === 0 && last === 'ca→a2',
  )
  await checkCorrespondentAgent(lab, 'move', 'a2', 'silver')
}

/** Whoever has not the key, comes too late or speaks of others' nodes changes nothing. */
async function forgeryStep(lab: Lab, { updates }: WatchedStream): Promise<void> {
  const { witness, roles } = lab
  witness.report.step(
    'forgery',
    'Binding Updates from the address of the home agent that are not to be believed',
  )
  const key = Buffer.from(readFileSync(join(roles.configurationFolder, bindingKeyFile), 'utf8').trim(), 'hex')
  const now = Math.floor(Date.now() / 1000)
  const right = {
    homeAddress,
    careOfAddress: foreignAgents.a1.careOfAddress,
    lifetimeSeconds: 300,
    atSeconds: now,
    spi: bindingSpi,
    key,
  }
  const forgeries: [what: string, bytes: Buffer, status: number][] = [
    ['made with another key', forgedUpdate({ ...right, key: Buffer.alloc(32, 1) }), 131],
    ['captured before, sent again', Buffer.from(updates[0] ?? '', 'hex'), 133],
    ['an hour old', forgedUpdate({ ...right, atSeconds: now - 3600 }), 133],
    ['for a node of another home network', forgedUpdate({ ...right, homeAddress: '198.51.100.16' }), 129],
  ]
  for (const [index, [what, bytes, status]] of forgeries.entries()) {
    const answer = await impersonate(bytes)
    witness.check(
      `forged-${index + 1}`,
      `Status of the Binding Acknowledge for an update ${what}`,
      String(status),
      String(answer[3] ?? 'no answer'),
    )
  }
  await checkCorrespondentAgent(lab, 'forgery', 'a2', 'silver')
}

async function releaseStep(lab: Lab): Promise<void> {
  const { witness, roles } = lab
  witness.report.step('release', 'mn1 deregisters: the correspondent agent has nothing of it any more')
  await roles.daemon('mn1').stop('SIGTERM')
  await checkNothingLeft(witness, ['ca'], 10, 'the deregistration of mn1')
}

/** The registrations of mn2 live for 4 s, and so does what the correspondent agent knows. */
async function expiryStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step(
    'expiry',
    'What ca knows of mn2 expires every few seconds: it asks again as long as cn2 sends',
  )
  await joinNode(lab, 'mn2', 'a1')
  const stream = await watchStream(witness, 'expiry', {
    destination: mobileNodes.mn2.homeAddress,
    count: 240,
  })
  const requests = stream.messages.filter((message) => message === 'Request ca→ha').length
  const ways = new Set(stream.packets.map(({ way }) => way))
  witness.check(
    'expiry-asked',
    'Binding Requests meanwhile, and tunnels of the echo requests',
    'at least 2; by ha and straight',
    `${requests}; ${describeWays(stream.packets)}`,
    requests >= 2 && ways.has('ha→a1') && ways.has('ca→a1'),
  )
  checkAnswered(lab, 'expiry', stream)
  await checkNothingLeft(witness, ['ca'], 10, 'the last packet for mn2')
}

function checkMessages(
  { witness }: Lab,
  prefix: string,
  { messages }: WatchedStream,
  expected: readonly string[],
): void {
  const seen = messages.join(', ')
  // A message that took too long is sent again.
  witness.check(
    `${prefix}-messages`,
    'Messages of route optimization (UDP 434)',
    expected.join(', '),
    seen,
    [...new Set(messages)].join() === expected.join(),
  )
}

function checkAnswered({ witness }: Lab, prefix: string, { sent, answered }: WatchedStream): void {
  witness.check(
    `${prefix}-answered`,
    'Echo requests of cn2, and answers',
    `${sent}, ${sent}`,
    `${sent}, ${answered}`,
  )
}

/** Tunnel and class at the correspondent agent. */
async function checkCorrespondentAgent(
  { witness }: Lab,
  prefix: string,
  agent: ForeignAgentName,
  profile: ProfileName,
): Promise<void> {
  const see = witness.see.bind(witness)
  const ends = (await tunnelsOf(see, 'ca')).map(({ local, remote }) => `${local} → ${remote}`)
  witness.check(
    `${prefix}-tunnel-ca`,
    'Tunnels (ipip) at ca',
    `${hostAddress.ca} → ${foreignAgents[agent].careOfAddress}`,
    ends.join(', ') || 'none',
  )
  const found = await classOf(see, shapingPoint.ca, homeAddress)
  checkClass(witness, `${prefix}-class-ca`, 'ca', rateOfProfile[profile], found)
}

async function classBecomes({ witness, roles }: Lab, profile: ProfileName): Promise<void> {
  await until(
    `the class at ca is that of ${profile}`,
    { timeoutSeconds: 5, intervalMilliseconds: 50 },
    async () => {
      const found = await classOf(witness.look.bind(witness), shapingPoint.ca, homeAddress)
      return found?.rateBitsPerSecond === rateOfProfile[profile] || undefined
    },
    () => roles.daemon('ca').logTail(),
  )
}

async function tunnelLeadsTo({ witness, roles }: Lab, agent: ForeignAgentName): Promise<void> {
  const { careOfAddress } = foreignAgents[agent]
  await until(
    `the tunnel at ca leads to ${agent} only`,
    { timeoutSeconds: 10, intervalMilliseconds: 50 },
    async () => {
      const found = await tunnelsOf(witness.look.bind(witness), 'ca')
      return found.every(({ remote }) => remote === careOfAddress) || undefined
    },
    () => roles.daemon('ca').logTail(),
  )
}
