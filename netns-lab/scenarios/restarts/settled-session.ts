import { z } from 'zod'
import { until } from '../../condition.ts'
import { tryInHost } from '../../topology/host-command.ts'
import { mobileNodes } from '../../topology/hosts.ts'
import { rateOfProfile } from '../../topology/service-control.ts'
import { type Capture, decodeCaptures } from '../../witness/capture.ts'
import { iperf3Sequence } from '../../witness/handover-gap.ts'
import { Iperf3, summary } from '../../witness/iperf3.ts'
import { type KernelEvent, KernelMonitor } from '../../witness/kernel-monitor.ts'
import { type HtbClass, htbClasses } from '../../witness/kernel-state.ts'
import { classOf, shapingPoint } from '../../witness/subscriber-state.ts'
import { setProfile } from '../operator.ts'
import type { Lab } from '../scenario.ts'
import { stream } from '../tour/capture-points.ts'
import { checkUnbroken, type GoodputRun, runGoodput } from '../tour/goodput-run.ts'
import { recordMonitors } from '../tour/standing-order.ts'

const { nai, homeAddress } = mobileNodes.mn1
/** In this order, one after the other. */
const killed = ['hs', 'fsa', 'ha', 'a1', 'mn1'] as const
const agents = ['ha', 'a1'] as const
const seconds = 40
const port = 5202
/** 1,000 packets a second. */
const packets = { rateBitsPerSecond: 512_000, bytes: 64 }

/** The lists of filters at an access link that are the agent's and no subscriber's: laid again at each start, as they are. */
const ownLists = /filter dev access ingress protocol ip pref (?:4330|60001) /

/** With gold the class has room for both, also when a busy machine lets them come in bursts: what its queue drops is no loss by a restart. */
const paceBitsPerSecond = 1_000_000

type Classes = Record<(typeof agents)[number], HtbClass | undefined>

/** Every daemon is killed in turn under a stream and a TCP run: no packet is lost, no kernel object touched, no byte forgotten. */
export async function settledStep(lab: Lab): Promise<void> {
  const { witness, roles } = lab
  witness.report.step(
    'settled',
    'Each daemon is killed and started again under 1,000 packets a second and TCP',
  )
  await setProfile(lab, nai, 'gold')
  const before = await classes(lab)
  const monitors = await Promise.all([...agents, 'mn1' as const].map((host) => KernelMonitor.start(host)))
  const arrivals = await witness.capture('settled-stream', stream('mn1', port))
  const datagramStream = await Iperf3.start({
    from: 'cn',
    to: { host: 'mn1', address: homeAddress, port },
    seconds: seconds + 1,
    intervalSeconds: 1,
    datagrams: packets,
  })
  let after: Classes | undefined
  let events = new Map<string, KernelEvent[]>()
  let backMilliseconds = Number.NaN
  const killAll = async (): Promise<void> => {
    for (const host of killed) {
      witness.report.activity(`kill -9 of the daemon in ${host}`)
      await roles.kill(host)
      await roles.startAgain(host)
    }
    const node = roles.daemon('mn1')
    await until(
      'mn1 has registered again',
      { timeoutSeconds: 10 },
      () => /"msg":"registered"/.test(node.log()) || undefined,
      () => node.logTail(),
    )
    backMilliseconds = Date.now()
    after = await classes(lab)
    events = await recordMonitors(witness, monitors, /^Deleted|filter/)
  }
  const [run] = await runGoodput(witness, 'settled', ['mn1'], seconds, killAll, { paceBitsPerSecond })
  const datagrams = await datagramStream.result()
  witness.report.evidence({
    host: 'cn',
    command: datagrams.client.command,
    output: summary(datagrams.client.output),
  })
  await witness.stopCaptures([arrivals])
  await checkStream(lab, arrivals, datagrams.sender.datagrams?.counted ?? 0)
  if (run) checkRun(lab, run, backMilliseconds)
  for (const agent of agents) checkUntouched(lab, agent, { before, after, events: events.get(agent) ?? [] })
  const deleted = (events.get('mn1') ?? []).filter(({ text }) => text.startsWith('Deleted'))
  witness.check(
    'untouched-mn1',
    'What `ip monitor` saw go at mn1 meanwhile, its new registration included',
    'nothing',
    deleted.map(({ text }) => text).join('\n') || 'nothing',
  )
  await checkUsage(lab)
  await checkChange(lab, before)
}

function checkRun({ witness }: Lab, run: GoodputRun, backMilliseconds: number): void {
  checkUnbroken(witness, run)
  const until = (backMilliseconds - run.startMilliseconds) / 1000
  witness.check(
    'in-time',
    'When the last of the killed daemons was back, in seconds of the run',
    `before ${seconds}`,
    until.toFixed(1),
    until < seconds,
  )
}

function checkUntouched(
  { witness }: Lab,
  agent: (typeof agents)[number],
  { before, after, events }: { before: Classes; after: Classes | undefined; events: readonly KernelEvent[] },
): void {
  const changed = changes(events)
  witness.check(
    `untouched-${agent}`,
    `What \`ip monitor\` and \`tc monitor\` saw change at ${agent} while the daemons were killed`,
    'nothing',
    changed.slice(0, 8).join('\n') || 'nothing',
  )
  const [then, now] = [before[agent], after?.[agent]]
  witness.check(
    `counts-on-${agent}`,
    `The class of mn1 at ${agent}: the same as before, and it has counted on`,
    `${then?.classId}, more than ${then?.packets} packets`,
    `${now?.classId}, ${now?.packets} packets`,
    now !== undefined && now.classId === then?.classId && now.packets > then.packets,
  )
}

/**
 * What a monitor saw change. The kernel also tells everybody of classes and qdiscs that somebody reads: those are a change where one of
 * them comes in two forms. Neighbours of hosts that are alive come and go by themselves.
 */
function changes(events: readonly KernelEvent[]): string[] {
  const forms = new Map<string, string>()
  return events.flatMap(({ text }) => {
    const [object] = /^(?:class|qdisc) \S+ \S+ dev \S+/.exec(text) ?? []
    if (object === undefined) return ownLists.test(text) || isLiving(text) || text === '' ? [] : [text]
    const form = text.replace(/direct_packets_stat \d+/, '')
    const before = forms.get(object) ?? form
    forms.set(object, form)
    return before === form ? [] : [text]
  })
}

function isLiving(text: string): boolean {
  return / lladdr \S+ (?:REACHABLE|STALE|DELAY|PROBE)$/.test(text)
}

/** Counted where they arrive at the node: a program that reads too late is not what is asked for. */
async function checkStream({ witness }: Lab, capture: Capture, sent: number): Promise<void> {
  witness.report.activity('tshark decodes the stream')
  const { finished, rows } = await decodeCaptures(witness.reportFolder, [capture.file], 'udp', [
    'udp.payload',
  ])
  const numbers = rows.flatMap(([payload]) => iperf3Sequence(payload?.[0] ?? '') ?? [])
  const output = finished.output.split('\n').slice(0, 5).join('\n')
  witness.report.evidence({ host: 'mn1', command: finished.command, output })
  witness.check(
    'stream',
    `Packets of the stream that did not arrive at mn1 (${sent} sent)`,
    '0',
    String(sent - new Set(numbers).size),
  )
}

const detail = z.object({
  session: z.object({ usage: z.object({ downlinkBytes: z.number(), downlinkPackets: z.number() }) }),
})

/** The home server's sum is the kernel's: the class has counted since the first visit began. */
async function checkUsage(lab: Lab): Promise<void> {
  const { witness, roles } = lab
  witness.report.activity('the last usage record arrives')
  let [counted, accounted] = ['', '']
  const show = roles.command('subscriber', 'show', nai, '--json')
  await until(
    'the home server accounts for what the class at a1 has counted',
    { timeoutSeconds: 10, intervalMilliseconds: 300 },
    async () => {
      const own = (await classes(lab)).a1
      counted = `${own?.packets} packets, ${own?.bytes} bytes`
      const { output } = await tryInHost('hs', show, { environment: roles.operatorEnvironment })
      const { downlinkPackets, downlinkBytes } = detail.parse(JSON.parse(output)).session.usage
      accounted = `${downlinkPackets} packets, ${downlinkBytes} bytes`
      return counted === accounted || undefined
    },
  ).catch(() => undefined)
  witness.check('usage', 'What the home server accounts for, and the class of mn1 at a1', counted, accounted)
}

async function checkChange(lab: Lab, before: Classes): Promise<void> {
  const { witness } = lab
  const exitCode = await setProfile(lab, nai, 'silver')
  witness.check(
    'operator',
    'Exit code of `sojourn subscriber set-profile` after the restarts',
    '0',
    String(exitCode),
  )
  const after = await classes(lab)
  for (const agent of agents)
    witness.check(
      `changed-${agent}`,
      `The same class of mn1 at ${agent}, with the rate of silver`,
      `${before[agent]?.classId} ${rateOfProfile.silver}`,
      `${after[agent]?.classId} ${after[agent]?.rateBitsPerSecond}`,
    )
}

/** The whole of mn1's class at each agent, parent of the one where its packets end. */
async function classes({ witness }: Lab): Promise<Classes> {
  const look = witness.look.bind(witness)
  const of = async (agent: (typeof agents)[number]): Promise<HtbClass | undefined> => {
    const { host, shaped } = shapingPoint[agent]
    const leaf = await classOf(look, shapingPoint[agent], homeAddress)
    const text = await look(host, ['tc', '-s', 'class', 'show', 'dev', shaped])
    const parent = new RegExp(`^class htb ${leaf?.classId} parent (\\S+)`, 'm').exec(text)?.[1]
    return htbClasses(text).find(({ classId }) => classId === parent)
  }
  return { ha: await of('ha'), a1: await of('a1') }
}
