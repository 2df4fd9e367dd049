/** A node moves to another foreign agent under a stream, and everything that is needed to judge it is recorded. */
import type { Ipv4Address } from '#core/ipv4.ts'
import { until } from '../../condition.ts'
import { moveNode } from '../../topology/air.ts'
import { runInHost } from '../../topology/host-command.ts'
import type { ForeignAgentName, MobileNodeName } from '../../topology/hosts.ts'
import type { Capture } from '../../witness/capture.ts'
import { type KernelEvent, KernelMonitor } from '../../witness/kernel-monitor.ts'
import { countersOf } from '../../witness/network-counters.ts'
import { WitnessProcess } from '../../witness/process.ts'
import type { SignallingMessage } from '../../witness/signalling.ts'
import type { Lab } from '../scenario.ts'
import { recordMonitors } from '../tour/standing-order.ts'
import { arrivalsAt, diameterAndTunnels, registrations } from './capture-points.ts'

export interface Move {
  node: MobileNodeName
  homeAddress: Ipv4Address
  homeAgent: 'ha' | 'haa'
  from: ForeignAgentName
  to: ForeignAgentName
}

/**
 * The way to the home agent takes this long, so long its packets still go to the agent that the node has left: long enough for a machine
 * that has much else to do.
 */
const homeAgentDelayMilliseconds = 400

const pauseSeconds = 0.002
/** Before the move, and after it. */
const settledPackets = 200

export interface WatchedMove {
  /** Milliseconds since 1970, by this program's clock. */
  movedAt: number
  messages: SignallingMessage[]
  events: Map<string, KernelEvent[]>
  /** Of the core, and of the node's interface. */
  core: Capture
  arrivals: Capture
}

/** Delays what goes to a home agent, as far away as it would be. */
export async function delayHomeAgent(homeAgent: Move['homeAgent']): Promise<void> {
  const delay = ['root', 'netem', 'delay', `${homeAgentDelayMilliseconds}ms`]
  await runInHost('core', ['tc', 'qdisc', 'replace', 'dev', homeAgent, ...delay])
}

/**
 * Moves the node. `ended` is what the captures wait for beyond the stream.
 */
export async function watchMove(
  { witness, roles }: Lab,
  { node, homeAddress, homeAgent, from, to }: Move,
  ended: () => Promise<void>,
): Promise<WatchedMove> {
  const name = `${node}-${from}-${to}`
  const [core, access, arrivals] = await Promise.all([
    witness.capture(`${name}-core`, diameterAndTunnels),
    witness.capture(`${name}-access`, registrations(to)),
    witness.capture(`${name}-stream`, arrivalsAt(node)),
  ])
  const monitors = await Promise.all([homeAgent, from, to, node].map((host) => KernelMonitor.start(host)))
  const counters = countersOf(roles.daemon(node).processId)
  const stream = new WitnessProcess('cn', ['ping', '-n', '-q', '-i', String(pauseSeconds), homeAddress])
  const packetsArrive = (where: string): Promise<true> => {
    const before = counters.received('radio0').packets
    const arrived = (): number => counters.received('radio0').packets - before
    return until(
      `${settledPackets} packets have reached ${node} at ${where}`,
      { timeoutSeconds: 15 },
      () => arrived() >= settledPackets || undefined,
      () => `${arrived()} packets\n${roles.daemon(node).logTail()}`,
    )
  }
  await packetsArrive(from)
  witness.report.activity(`${node} leaves ${from}`)
  const movedAt = Date.now()
  await moveNode(node, to)
  await packetsArrive(to)
  const { command, output } = await stream.stop('SIGINT')
  witness.report.evidence({ host: 'cn', command, output })
  await ended()
  await witness.stopCaptures([core, access, arrivals])
  const decisive = new RegExp(`${homeAddress.replaceAll('.', '\\.')}|class htb|CARRIER`)
  const events = await recordMonitors(witness, monitors, decisive)
  witness.report.activity('tshark decodes the captures')
  const messages = await witness.signalling([core, access], /QoS-Install|Mobile|Home-Agent|Reg|Abort/)
  return { movedAt, messages, events, core, arrivals }
}
