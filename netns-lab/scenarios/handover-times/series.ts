/** Many moves of one kind under one stream, and everything by which they are judged. */
import { until } from '../../condition.ts'
import { leaveOverlap, moveNode, overlapCells, stopHearing } from '../../topology/air.ts'
import { type MobileNodeName, mobileNodes } from '../../topology/hosts.ts'
import { endImpairment, impair } from '../../topology/impairment.ts'
import { decodeCaptures } from '../../witness/capture.ts'
import { iperf3Packet, type TimedArrival } from '../../witness/handover-gap.ts'
import { Iperf3 } from '../../witness/iperf3.ts'
import { type KernelEvent, KernelMonitor } from '../../witness/kernel-monitor.ts'
import { countersOf } from '../../witness/network-counters.ts'
import type { SignallingMessage } from '../../witness/signalling.ts'
import type { Lab } from '../scenario.ts'
import { servedAt } from '../served-at.ts'
import { stream } from '../tour/capture-points.ts'
import type { Way } from './ways.ts'

const port = 5202
const packetsPerSecond = 1000
const packetBytes = 100
/** Between two moves: longer than the forwarding and the release. */
const settledPackets = 2200
/** And with overlapping cells longer than an advertisement lives: the agent is a new one when it is heard again. */
const forgottenPackets = 3500
/** A slow move, and the time between two: more than a stream of some moves takes. */
const secondsPerMove = 20
/** A node goes on in the overlap a little, as it would on its way. */
const overlapPackets = 300

export interface SeriesMove {
  /** Milliseconds since 1970, by this program's clock, before the node was moved. */
  atMilliseconds: number
  to: 'a1' | 'a2'
}

export interface Series {
  way: Way
  roundTripMilliseconds: number
  moves: SeriesMove[]
  /** One more, before the others, during which the monitors ran: they cost the kernel time, so it is not among those that are timed. */
  witnessed: SeriesMove
  arrivals: TimedArrival[]
  /** Of the node's interface and of the core, in the order of time. */
  messages: SignallingMessage[]
  /** Of the node, whose carrier comes and goes. */
  nodeEvents: readonly KernelEvent[]
  /** Of the agent to which the witnessed move went. */
  agentEvents: readonly KernelEvent[]
}

export interface SeriesPlan {
  /** Of the core, between two domains. */
  roundTripMilliseconds: number
  count: number
  /** Where the node is registered before. */
  at: 'a1' | 'a2'
}

export async function runSeries(
  lab: Lab,
  way: Way,
  { roundTripMilliseconds, count, at }: SeriesPlan,
): Promise<Series> {
  const { witness, roles } = lab
  const { node } = way
  if (roundTripMilliseconds > 0) await impair(roles.hosts, { delayMilliseconds: roundTripMilliseconds / 2 })
  else await endImpairment(roles.hosts)
  if (way.overlapping) {
    await overlapCells('a1', 'a2')
    await stopHearing(node, at === 'a1' ? 'a2' : 'a1')
  }
  const captures = await startCaptures(lab, node, `${way.id}-${roundTripMilliseconds}`)
  const iperf3 = await Iperf3.start({
    from: 'cn',
    to: { host: node, address: mobileNodes[node].homeAddress, port },
    seconds: (count + 2) * secondsPerMove,
    intervalSeconds: 60,
    datagrams: { rateBitsPerSecond: packetsPerSecond * packetBytes * 8, bytes: packetBytes },
  })
  await packetsArrive(lab, way, settledPackets)
  const nodeMonitor = await KernelMonitor.start(node)
  const agentMonitor = await KernelMonitor.start(at === 'a1' ? 'a2' : 'a1')
  witness.report.activity('a move with monitors')
  const witnessed = await move(lab, way, at)
  const agentEvents = (await agentMonitor.stop()).flatMap((one) => one.events)
  const moves: SeriesMove[] = []
  for (let index = 0; index < count; index++) {
    witness.report.activity(`move ${index + 1} of ${count}`)
    moves.push(await move(lab, way, (moves.at(-1) ?? witnessed).to))
  }
  await iperf3.stop()
  if (way.overlapping) await leaveOverlap(node, moves.at(-1)?.to ?? witnessed.to)
  const nodeEvents = (await nodeMonitor.stop()).flatMap((one) => one.events)
  await witness.stopCaptures([captures.datagrams, ...captures.signalling])
  witness.report.activity('tshark decodes the captures')
  const messages = await witness.signalling(captures.signalling, /^$/)
  const arrivals = await arrivalsIn(lab, captures.datagrams.file)
  return { way, roundTripMilliseconds, witnessed, moves, arrivals, messages, nodeEvents, agentEvents }
}

async function startCaptures({ witness }: Lab, node: MobileNodeName, name: string) {
  const unhurried = true
  const [datagrams, radio, core] = await Promise.all([
    witness.capture(`${name}-stream`, { ...stream(node, port), unhurried }, { isDecoded: false }),
    witness.capture(`${name}-node`, {
      ...{ host: node, interface: 'radio0', snapLength: 256, unhurried },
      filter: 'udp port 434 or icmp[icmptype] == icmp-routeradvert',
    }),
    witness.capture(`${name}-core`, {
      ...{ host: 'core', interface: 'any', snapLength: 4096, unhurried },
      filter: 'tcp port 3868',
    }),
  ])
  return { datagrams, signalling: [radio, core] }
}

/** To the other of the two agents. Resolves when all of the former has settled. */
async function move(lab: Lab, way: Way, from: SeriesMove['to']): Promise<SeriesMove> {
  const { node, overlapping } = way
  const to = from === 'a1' ? 'a2' : 'a1'
  const atMilliseconds = Date.now()
  if (overlapping) await stopHearing(node, undefined)
  else await moveNode(node, to)
  await servedAt(lab, node, to)
  if (overlapping) {
    await packetsArrive(lab, way, overlapPackets)
    await stopHearing(node, from)
  }
  await packetsArrive(lab, way, overlapping ? forgottenPackets : settledPackets)
  return { atMilliseconds, to }
}

async function packetsArrive({ roles }: Lab, { node }: Way, count: number): Promise<void> {
  const counters = countersOf(roles.daemon(node).processId)
  const before = counters.received('radio0').packets
  const arrived = (): number => counters.received('radio0').packets - before
  await until(
    `${count} packets have reached ${node}`,
    { timeoutSeconds: 30 },
    () => arrived() >= count || undefined,
    () => `${arrived()} packets\n${roles.daemon(node).logTail()}`,
  )
}

async function arrivalsIn({ witness }: Lab, file: string): Promise<TimedArrival[]> {
  const fields = ['frame.time_epoch', 'udp.payload']
  const { rows } = await decodeCaptures(witness.reportFolder, [file], 'udp', fields)
  return rows.flatMap(([time, payload]): TimedArrival[] => {
    const packet = iperf3Packet(payload?.[0] ?? '')
    return packet ? [{ atMilliseconds: Number(time?.[0]) * 1000, ...packet }] : []
  })
}
