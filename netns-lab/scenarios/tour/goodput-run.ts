import { type MobileNodeName, mobileNodes } from '../../topology/hosts.ts'
import { payloadShare } from '../../witness/goodput.ts'
import {
  type GoodputInterval,
  Iperf3,
  type Iperf3Result,
  type Iperf3Run,
  summary,
} from '../../witness/iperf3.ts'
import { tcpConnections } from '../../witness/tcp-connections.ts'
import type { Witness } from '../../witness/witness.ts'
import { connections } from './capture-points.ts'

export const tcpPort = 5201
export const intervalSeconds = 0.25
/** Slow start and the first filling of the queue are not the rate. */
export const warmUpSeconds = 0.75

/** A TCP run from the correspondent to a node, with the time it began. */
export interface GoodputRun {
  node: MobileNodeName
  result: Iperf3Result
  /** When the connection that carries the data was opened: iperf3's intervals count from there. Milliseconds since 1970. */
  startMilliseconds: number
  /** How the receiver saw it. */
  intervals: GoodputInterval[]
  /** Bits per second of payload for each bit per second of a class. */
  share: number
  /** iperf3 opens one connection for control and one for data. */
  connections: number
  /** Resets while data flowed. */
  resets: number
}

/** Runs iperf3 to the nodes at once; `beside` goes on while they run. Records both reports and a capture of the connections. */
export async function runGoodput(
  witness: Witness,
  name: string,
  nodes: readonly MobileNodeName[],
  seconds: number,
  beside: () => Promise<void> = async () => {},
  pace: Pick<Iperf3Run, 'paceBitsPerSecond'> = {},
): Promise<GoodputRun[]> {
  const capture = await witness.capture(`${name}-connections`, connections)
  const running: Iperf3[] = []
  for (const node of nodes) {
    const to = { host: node, address: mobileNodes[node].homeAddress, port: tcpPort }
    running.push(await Iperf3.start({ from: 'cn', to, seconds, intervalSeconds, ...pace }))
  }
  await beside()
  const results = await Promise.all(running.map((one) => one.result()))
  await witness.stopCaptures([capture])
  const handshakes = await witness.see('cn', ['tcpdump', '-tt', '-n', '-r', capture.file], /\[S\]|\[R/)
  return nodes.flatMap((node, index) => {
    const result = results[index]
    return result ? goodputRun(witness, node, result, handshakes, seconds) : []
  })
}

function goodputRun(
  witness: Witness,
  node: MobileNodeName,
  result: Iperf3Result,
  handshakes: string,
  seconds: number,
): GoodputRun {
  witness.report.evidence({
    host: 'cn',
    command: result.client.command,
    output: summary(result.client.output),
  })
  witness.report.evidence({
    host: node,
    command: result.server.command,
    output: summary(result.server.output),
  })
  const { openedMilliseconds, resetMilliseconds } = tcpConnections(handshakes, mobileNodes[node].homeAddress)
  const startMilliseconds = openedMilliseconds.at(-1) ?? Number.NaN
  return {
    node,
    result,
    startMilliseconds,
    intervals: result.receiver.intervals,
    share: payloadShare(result.sender.pathMtu ?? Number.NaN),
    connections: openedMilliseconds.length,
    resets: resetMilliseconds.filter((at) => at < startMilliseconds + seconds * 1000).length,
  }
}

/** Checks that iperf3 ended well, over one data connection, without a reset. */
export function checkUnbroken(
  witness: Witness,
  { node, result, connections: opened, resets }: GoodputRun,
): void {
  const broken = result.sender.error ?? result.receiver.error
  witness.check(
    `unbroken-${node}`,
    `The iperf3 run to ${node}: its end, its connections (control and data), resets while it ran`,
    'no error, 2 connections, 0 resets',
    `${broken ?? 'no error'}, ${opened} connections, ${resets} resets`,
  )
}

/** Goodput in Mbit/s over the report's time, for the picture. */
export function goodputPoints(witness: Witness, run: GoodputRun): { atSeconds: number; value: number }[] {
  return run.intervals
    .filter(({ startSeconds, endSeconds }) => endSeconds - startSeconds > intervalSeconds / 2)
    .map(({ startSeconds, endSeconds, bytes }) => ({
      atSeconds: witness.report.atSeconds(run.startMilliseconds + ((startSeconds + endSeconds) / 2) * 1000),
      value: Math.round((bytes * 8) / (endSeconds - startSeconds) / 1e4) / 100,
    }))
}
