import type { Ipv4Address } from '#core/ipv4.ts'
import { until } from '../../condition.ts'
import { hostAddress, mobileNodes } from '../../topology/hosts.ts'
import { type CapturePoint, decodeCaptures } from '../../witness/capture.ts'
import type { HtbClass } from '../../witness/kernel-state.ts'
import { WitnessProcess } from '../../witness/process.ts'
import { awaitRates, followMarks } from '../conditions/kernel-rates.ts'
import { inMegabits, writeSubscribers } from '../conditions/subscribers.ts'
import { joinNode, prepare } from '../preparation.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { checkNothingLeft } from '../tour/release.ts'
import { classOfSource } from './translated-flow.ts'

const { homeAddress } = mobileNodes.mn1
/** By which mn1 is known outside. */
const outsideAddress: Ipv4Address = '198.51.100.11'
/** By which the correspondent is known inside, first and later. */
const aliases = { first: '10.99.0.10', later: '10.99.0.11' } as const
const pings = 50
const bronzeRate = 4e6
/** Pings go out every 50 ms; on a busy machine two can be without their answers. */
const mostInFlight = 2
/** That mn2 has for itself: each of its pings takes one of the ports. */
const pool = {
  name: 'main',
  first: '198.51.100.64',
  last: '198.51.100.64',
  ports: { first: 1024, last: 1027 },
}

/** The author of the profile knows the correspondent by its own address; the home agent never sees that. */
const profiles = [
  {
    name: 'gold',
    class: { downlink: { rate: '8mbit' } },
    flows: [{ name: 'server', match: { source: hostAddress.cn }, rate: '2mbit' }],
    conditions: [
      {
        name: 'translated',
        when: { translation: { event: 'mapping-created' } },
        set: { flows: 'translated' },
      },
    ],
  },
  {
    name: 'silver',
    class: { downlink: { rate: '8mbit' } },
    conditions: [{ when: { translation: { event: 'pool-above', above: '70%' } }, become: 'bronze' }],
  },
  { name: 'bronze', class: { downlink: { rate: inMegabits(bronzeRate) } } },
]

const rules = (alias: Ipv4Address) => ({
  hosts: [{ inside: homeAddress, outside: outsideAddress }],
  correspondents: [{ inside: alias, outside: hostAddress.cn }],
  pools: [pool],
  masquerade: [{ network: mobileNodes.mn2.homeAddress, pool: pool.name }],
})

/** A flow whose addresses a translator changes keeps its class, also when the rule changes in mid-stream; a pool fills up. */
export const translation: Scenario = {
  title: 'An address translator between home agent and correspondent: the flows of a profile follow it',
  variation: {
    extraHosts: ['nat'],
    configurations: { nat: rules(aliases.first), mn2: { lifetimeSeconds: 1800 } },
  },
  async run(lab) {
    writeSubscribers(lab, profiles, { mn1: 'gold', mn2: 'silver' })
    await prepare(lab)
    const before = await followStep(lab)
    await changeStep(lab, before)
    await poolStep(lab)
    await releaseStep(lab)
  },
}

async function followStep(lab: Lab): Promise<HtbClass | undefined> {
  const { witness } = lab
  witness.report.step(
    'follow',
    `mn1 is ${outsideAddress} outside, and the correspondent ${aliases.first} inside`,
  )
  await joinNode(lab, 'mn1', 'a1', outsideAddress)
  await followed(lab, aliases.first)
  const points: [name: string, point: CapturePoint][] = [
    ['outside', { host: 'cn', interface: 'eth0', filter: 'icmp', snapLength: 128 }],
    ['inside', { host: 'ha', interface: 'nat0', filter: 'icmp', snapLength: 128 }],
  ]
  const captures = await Promise.all(points.map(([name, point]) => witness.capture(name, point)))
  const flow = await countPings(lab, 'follow', aliases.first)
  await witness.stopCaptures(captures)
  const expected = [`${hostAddress.cn} > ${outsideAddress}`, `${aliases.first} > ${homeAddress}`]
  for (const [index, { file }] of captures.entries()) {
    const { finished, rows } = await decodeCaptures(witness.reportFolder, [file], 'icmp.type == 8', [
      'ip.src',
      'ip.dst',
    ])
    witness.report.evidence({
      host: points[index]?.[1].host ?? '',
      command: finished.command,
      output: finished.output,
    })
    const seen = new Set(rows.map(([source, destination]) => `${source} > ${destination}`))
    witness.check(
      `seen-${points[index]?.[0]}`,
      `Addresses of the pings ${points[index]?.[0]} of the translator`,
      expected[index] ?? '',
      [...seen].join(', '),
    )
  }
  for (const side of ['ingress', 'egress'])
    await witness.see('nat', ['tc', '-s', 'filter', 'show', 'dev', 'cn0', side], /ct commit|Sent/)
  return flow
}

/** Waits until the home agent's kernel asks for the address by which the correspondent is known inside. */
async function followed({ witness, roles }: Lab, alias: Ipv4Address): Promise<void> {
  await until(
    `the home agent knows the correspondent as ${alias}`,
    { timeoutSeconds: 15, intervalMilliseconds: 100 },
    () => classOfSource(witness.look.bind(witness), alias),
    () => `${roles.daemon('nat').logTail()}\n${roles.daemon('hs').logTail()}`,
  )
}

/** Pings of the correspondent go through the flow's class, each of them. Returns that class. */
async function countPings({ witness }: Lab, id: string, alias: Ipv4Address): Promise<HtbClass | undefined> {
  const see = witness.see.bind(witness)
  const before = await classOfSource(see, alias)
  const ping = ['ping', '-n', '-q', '-c', String(pings), '-i', '0.01', outsideAddress]
  const answers = await witness.see('cn', ping, /packet loss/)
  const after = await classOfSource(see, alias)
  witness.check(
    `${id}-answers`,
    `Answers to ${pings} pings of the correspondent`,
    String(pings),
    / (\d+) received/.exec(answers)?.[1] ?? 'none',
  )
  witness.check(
    `${id}-class`,
    `Packets that the class of the flow has sent meanwhile, with ${pings} pings`,
    `${pings} in ${before?.classId ?? 'a class'}`,
    `${(after?.packets ?? 0) - (before?.packets ?? 0)} in ${after?.classId ?? 'none'}`,
  )
  return after
}

async function changeStep(lab: Lab, before: HtbClass | undefined): Promise<void> {
  const { witness, roles } = lab
  witness.report.step('change', `In mid-stream the correspondent becomes ${aliases.later} inside`)
  const stream = new WitnessProcess('cn', [
    'ping',
    '-n',
    '-q',
    '-i',
    '0.05',
    '-c',
    '400',
    '-W',
    '1',
    outsideAddress,
  ])
  roles.reconfigure('nat', rules(aliases.later))
  await roles.daemon('nat').stop()
  await roles.startAgain('nat')
  await followed(lab, aliases.later)
  const { output, command } = await stream.finished
  witness.report.evidence({ host: 'cn', command, output }, /packet loss/)
  const answered = Number(/ (\d+) received/.exec(output)?.[1])
  witness.check(
    'unbroken',
    'Answers to 400 pings over the change of the rule; one that is on its way to the former address meanwhile is lost',
    `${400 - mostInFlight} or more`,
    String(answered),
    answered >= 400 - mostInFlight,
  )
  const flow = await countPings(lab, 'change', aliases.later)
  witness.check('same-class', 'Class of the flow', before?.classId ?? 'a class', flow?.classId ?? 'none')
  witness.check(
    'former',
    `Whether a filter asks for ${aliases.first} still`,
    'no',
    (await classOfSource(witness.see.bind(witness), aliases.first)) ? 'yes' : 'no',
  )
}

async function poolStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step('pool', 'Pings of mn2 take the ports of a small pool')
  await joinNode(lab, 'mn2', 'a1')
  const registered = await followMarks(witness.see.bind(witness), { node: 'mn2', agent: 'a1' })
  for (let ping = 0; ping < 3; ping++)
    await witness.see('mn2', ['ping', '-n', '-c', '1', aliases.later], / 1 received/)
  await awaitRates(witness, registered, {
    id: 'pool',
    when: 'with three of four ports taken',
    rate: bronzeRate,
  })
}

async function releaseStep({ witness, roles }: Lab): Promise<void> {
  witness.report.step('release', 'Both nodes deregister')
  await Promise.all([roles.daemon('mn1').stop(), roles.daemon('mn2').stop()])
  await checkNothingLeft(witness, ['ha', 'a1'], 10, 'the deregistrations')
}
