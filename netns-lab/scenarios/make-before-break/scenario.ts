import { until } from '../../condition.ts'
import { overlapCells, stopHearing } from '../../topology/air.ts'
import { foreignAgents, homeAgentAddress, mobileNodes } from '../../topology/hosts.ts'
import { rateOfProfile } from '../../topology/service-control.ts'
import { type Capture, type CapturePoint, decodeCaptures } from '../../witness/capture.ts'
import { iperf3Sequence } from '../../witness/handover-gap.ts'
import { Iperf3, summary } from '../../witness/iperf3.ts'
import { countersOf } from '../../witness/network-counters.ts'
import { tunnelsOf } from '../../witness/subscriber-state.ts'
import type { Witness } from '../../witness/witness.ts'
import { joinNode, prepare } from '../preparation.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { stream } from '../tour/capture-points.ts'
import { milliseconds } from '../tour/expectation.ts'
import { checkForeignAgent, checkHomeAgent } from '../tour/kernel-checks.ts'
import { checkNothingLeft } from '../tour/release.ts'

const port = 5202
const seconds = 6
const packetsPerSecond = 1000
const packetBytes = 100
/** How long the home agent sends to both. */
const simultaneousSeconds = 1
/** For the timers of a machine that is busy. */
const slackMilliseconds = 300

const registrations: CapturePoint = {
  host: 'mn1',
  interface: 'radio0',
  filter: 'udp port 434',
  snapLength: 512,
}
const tunnels: CapturePoint = {
  host: 'core',
  interface: 'any',
  filter: `ip proto 4 and src host ${homeAgentAddress}`,
  snapLength: 96,
}

/** RFC 5944, section 3.6.1.2, the S bit: in the overlap of two cells the node is served by both agents for a time. */
export const makeBeforeBreak: Scenario = {
  title: 'Overlapping cells: the node registers at the new agent beside the old one, and loses no packet',
  variation: {
    configurations: { mn1: { handover: 'make-before-break' }, ha: { simultaneousSeconds } },
  },
  async run(lab) {
    await prepare(lab)
    await overlapStep(lab)
  },
}

async function overlapStep(lab: Lab): Promise<void> {
  const { witness, roles } = lab
  witness.report.step('overlap', 'mn1 goes from a1 through the overlap to a2 under 1,000 packets a second')
  await joinNode(lab, 'mn1', 'a1')
  const captures = await Promise.all([
    witness.capture('stream', stream('mn1', port)),
    witness.capture('registrations', registrations),
    witness.capture('tunnels', tunnels),
  ])
  const iperf3 = await Iperf3.start({
    from: 'cn',
    to: { host: 'mn1', address: mobileNodes.mn1.homeAddress, port },
    seconds,
    intervalSeconds: 1,
    datagrams: { rateBitsPerSecond: packetsPerSecond * packetBytes * 8, bytes: packetBytes },
  })
  await settle(lab)
  witness.report.activity('the cells of a1 and a2 overlap at mn1')
  await overlapCells('a1', 'a2')
  const a2 = roles.daemon('a2')
  await until(
    'a2 serves mn1',
    { timeoutSeconds: 10 },
    () => a2.log().includes('visitor admitted') || undefined,
    () => `${roles.daemon('mn1').logTail()}\n${a2.logTail()}`,
  )
  await until('ha sends to a2 alone', { timeoutSeconds: 10, intervalMilliseconds: 50 }, async () => {
    const ends = await tunnelsOf(witness.look.bind(witness), 'ha')
    return ends.every(({ remote }) => remote === foreignAgents.a2.careOfAddress) || undefined
  })
  witness.report.activity('mn1 hears a1 no more')
  const leftMilliseconds = Date.now()
  await stopHearing('mn1', 'a1')
  const { client, server, sender } = await iperf3.result()
  await witness.stopCaptures(captures)
  witness.report.evidence({ host: 'cn', command: client.command, output: summary(client.output) })
  witness.report.evidence({ host: 'mn1', command: server.command, output: summary(server.output) })
  await checkNothingLeft(witness, ['a1'], 10, 'mn1 has gone on')
  const expected = { node: 'mn1', agent: 'a2', rateBitsPerSecond: rateOfProfile.bronze } as const
  await checkHomeAgent(witness, expected)
  await checkForeignAgent(witness, expected)
  await judge(witness, captures, sender.datagrams?.counted ?? 0, leftMilliseconds)
}

/** Half a second of the stream has reached the node. */
async function settle({ roles }: Lab): Promise<void> {
  const counters = countersOf(roles.daemon('mn1').processId)
  const before = counters.received('radio0').packets
  const arrived = () => counters.received('radio0').packets - before
  await until(
    'the stream reaches mn1',
    { timeoutSeconds: 15 },
    () => arrived() >= packetsPerSecond / 2 || undefined,
    () => `${arrived()} packets`,
  )
}

interface Observed {
  /** How often each number of the stream came to the node. */
  arrivals: Map<number, number>
  lastArrivalMilliseconds: number
  /** When ha has sent packets of the stream to each agent. */
  sentTo: { a1: number[]; a2: number[] }
  /** Requests to a2, whether they bear the S bit. */
  requests: boolean[]
}

async function observe(witness: Witness, captures: readonly Capture[]): Promise<Observed> {
  witness.report.activity('tshark decodes the captures')
  const files = captures.map(({ file }) => file)
  const fields = ['frame.time_epoch', 'ip.src', 'ip.dst', 'udp.payload', 'mip.type', 'mip.s']
  const shown = `udp.dstport == ${port} or mip.type`
  const { finished, rows } = await decodeCaptures(witness.reportFolder, files, shown, fields)
  const lines = finished.output.split('\n')
  const registrationLines = lines.filter((_, index) => rows[index]?.[4]?.[0] !== undefined)
  witness.report.evidence({ host: 'mn1', command: finished.command, output: registrationLines.join('\n') })
  const observed: Observed = {
    arrivals: new Map(),
    lastArrivalMilliseconds: 0,
    sentTo: { a1: [], a2: [] },
    requests: [],
  }
  for (const [time, sources = [], destinations = [], payload, type, simultaneous] of rows) {
    const at = Number(time?.[0]) * 1000
    if (type?.[0] === '1' && destinations[0] === foreignAgents.a2.access)
      observed.requests.push(simultaneous?.[0] === '1' || simultaneous?.[0] === 'True')
    const sequence = type?.[0] === undefined ? iperf3Sequence(payload?.[0] ?? '') : undefined
    if (sequence === undefined) continue
    if (sources[0] === homeAgentAddress)
      observed.sentTo[destinations[0] === foreignAgents.a1.careOfAddress ? 'a1' : 'a2'].push(at)
    else {
      observed.arrivals.set(sequence, (observed.arrivals.get(sequence) ?? 0) + 1)
      observed.lastArrivalMilliseconds = Math.max(observed.lastArrivalMilliseconds, at)
    }
  }
  return observed
}

async function judge(
  witness: Witness,
  captures: readonly Capture[],
  sent: number,
  leftMilliseconds: number,
): Promise<void> {
  const observed = await observe(witness, captures)
  const { arrivals, requests, sentTo } = observed
  witness.check(
    's-bit',
    'S bit of the registration requests to a2',
    'set in all',
    requests.map((set) => (set ? 'set' : 'not set')).join(', ') || 'no request',
    requests.length > 0 && requests.every(Boolean),
  )
  witness.check(
    'lost',
    `Packets of the stream that mn1 has not got, of ${sent}`,
    '0',
    String(sent - arrivals.size),
    sent > 0 && arrivals.size === sent,
  )
  witness.check(
    'overtaken',
    'The stream goes on after mn1 has left the overlap',
    'for 100 ms or more',
    milliseconds(observed.lastArrivalMilliseconds - leftMilliseconds),
    observed.lastArrivalMilliseconds - leftMilliseconds >= 100,
  )
  const [begin = Number.NaN] = sentTo.a2
  const copies = sentTo.a1.filter((at) => at >= begin)
  const window = (copies.at(-1) ?? Number.NaN) - begin
  witness.check(
    'window',
    `How long ha has gone on sending to a1 beside a2 (simultaneousSeconds: ${simultaneousSeconds})`,
    `at most ${simultaneousSeconds * 1000 + slackMilliseconds} ms`,
    `${milliseconds(window)}, ${copies.length} packets`,
    copies.length > 0 && window <= simultaneousSeconds * 1000 + slackMilliseconds,
  )
  const twice = [...arrivals.values()].filter((count) => count > 1).length
  witness.check(
    'duplicates',
    'Packets of the stream that mn1 has got twice, and more than twice',
    'some, 0',
    `${twice}, ${[...arrivals.values()].filter((count) => count > 2).length}`,
    twice > 0 && [...arrivals.values()].every((count) => count <= 2),
  )
  witness.report.figure({
    id: 'duplicates',
    what: 'Packets that came twice in the overlap',
    value: twice,
    unit: 'packets',
  })
}
