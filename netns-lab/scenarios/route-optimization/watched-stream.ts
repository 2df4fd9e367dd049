/** Echo requests from a correspondent behind the correspondent agent to a node, and by which ways they go. */
import type { Ipv4Address } from '#core/ipv4.ts'
import { type HostName, hostOfAddress } from '../../topology/hosts.ts'
import { type Capture, type CapturePoint, decodeCaptures } from '../../witness/capture.ts'
import { WitnessProcess } from '../../witness/process.ts'
import type { Witness } from '../../witness/witness.ts'

export const pauseSeconds = 0.02

/** The core router sees every tunnel and every message between agents, each packet once. */
const core: CapturePoint = {
  host: 'core',
  interface: 'any',
  filter: 'ip proto 4 or udp port 434',
  snapLength: 512,
}

/** In the order of their numbers in draft-ietf-mobileip-optim-11, from 16 on. */
const messageNames = ['Warning', 'Request', 'Update', 'Acknowledge'] as const
const firstNumber = 16

/** A tunnelled echo request, by the ends of its tunnel: `ha→a1`. */
interface TunnelledPacket {
  way: string
  sequence: number
}

export interface WatchedStream {
  sent: number
  answered: number
  packets: TunnelledPacket[]
  /** `Request ca→ha` */
  messages: string[]
  /** Of each Binding Update, as hexadecimal text. */
  updates: string[]
}

/** Sends until `beside` is over, and then the packets that `count` lacks. */
export async function watchStream(
  witness: Witness,
  name: string,
  { destination, count, beside }: { destination: Ipv4Address; count?: number; beside?: () => Promise<void> },
): Promise<WatchedStream> {
  const capture = await witness.capture(name, core)
  const limit = count === undefined ? [] : ['-c', String(count)]
  const stream = new WitnessProcess('cn2', [
    ...['ping', '-n', '-q', '-i', String(pauseSeconds), '-W', '2'],
    ...limit,
    destination,
  ])
  await beside?.()
  const { command, output } = count === undefined ? await stream.stop('SIGINT') : await stream.finished
  await witness.stopCaptures([capture])
  witness.report.evidence({ host: 'cn2', command, output }, / received/)
  const [, sent, answered] = /(\d+) packets transmitted, (\d+) received/.exec(output) ?? []
  return { sent: Number(sent), answered: Number(answered), ...(await readStream(witness, capture)) }
}

async function readStream(
  witness: Witness,
  capture: Capture,
): Promise<Pick<WatchedStream, 'packets' | 'messages' | 'updates'>> {
  const fields = ['ip.src', 'ip.dst', 'icmp.seq', 'udp.payload', '_ws.col.Info']
  const filter = 'icmp.type == 8 or udp.port == 434'
  const { finished, rows } = await decodeCaptures(witness.reportFolder, [capture.file], filter, fields)
  const shown = finished.output.split('\n').filter((line) => line.includes('Binding'))
  witness.report.evidence({ host: 'core', command: finished.command, output: shown.join('\n') }, /Binding/)
  const packets: TunnelledPacket[] = []
  const messages: string[] = []
  const updates: string[] = []
  for (const [sources = [], destinations = [], [sequence] = [], [payload] = []] of rows) {
    // The outermost header comes first.
    const way = `${shortName(sources[0])}→${shortName(destinations[0])}`
    if (payload !== undefined) {
      const name = messageNames[Number.parseInt(payload.slice(0, 2), 16) - firstNumber]
      if (name) messages.push(`${name} ${way}`)
      if (name === 'Update') updates.push(payload)
    } else if (sequence !== undefined) packets.push({ way, sequence: Number(sequence) })
  }
  return { packets, messages, updates }
}

function shortName(address: Ipv4Address | undefined): HostName | string {
  return hostOfAddress(address ?? '?')
}

/** How many packets went each way: `ha→a1 12, ca→a1 88`. */
export function describeWays(packets: readonly TunnelledPacket[]): string {
  const counts = new Map<string, number>()
  for (const { way } of packets) counts.set(way, (counts.get(way) ?? 0) + 1)
  return [...counts].map(([way, count]) => `${way} ${count}`).join(', ') || 'none'
}
