import { until } from '../../condition.ts'
import { moveNode } from '../../topology/air.ts'
import { mobileNodes } from '../../topology/hosts.ts'
import { rateOfProfile } from '../../topology/service-control.ts'
import { type Capture, decodeCaptures } from '../../witness/capture.ts'
import { type Arrival, type Gap, iperf3Sequence, longestGap } from '../../witness/handover-gap.ts'
import { Iperf3, summary } from '../../witness/iperf3.ts'
import { KernelMonitor } from '../../witness/kernel-monitor.ts'
import { countersOf } from '../../witness/network-counters.ts'
import type { Witness } from '../../witness/witness.ts'
import type { Lab } from '../scenario.ts'
import { accessSignalling, coreSignalling, stream } from './capture-points.ts'
import { milliseconds } from './expectation.ts'
import { checkForeignAgent, checkHomeAgent } from './kernel-checks.ts'
import { checkNothingLeft } from './release.ts'
import { recordMonitors } from './standing-order.ts'

const port = 5202
const seconds = 4
const packetsPerSecond = 1000
const packetBytes = 100
const longestAllowedGap = 1000
/** What the picture shows at both sides of the gap. */
const aroundMilliseconds = 150

/** Story step e: mn1 moves from a1 to a2 under a stream of 1,000 packets a second. */
export async function handoverStep(lab: Lab): Promise<void> {
  const { witness, roles } = lab
  witness.report.step('e', 'mn1 moves from a1 to a2 under a stream of 1,000 packets a second')
  const arrivalsCapture = await witness.capture('e-stream', stream('mn1', port))
  const signalling = await Promise.all([
    witness.capture('e-core', coreSignalling({ tunnelled: false })),
    witness.capture('e-access', accessSignalling('a2')),
  ])
  const monitor = await KernelMonitor.start('mn1')
  const counters = countersOf(roles.daemon('mn1').processId)
  const before = counters.received('radio0').packets
  const iperf3 = await Iperf3.start({
    from: 'cn',
    to: { host: 'mn1', address: mobileNodes.mn1.homeAddress, port },
    seconds,
    intervalSeconds: 1,
    datagrams: { rateBitsPerSecond: packetsPerSecond * packetBytes * 8, bytes: packetBytes },
  })
  const half = (packetsPerSecond * seconds) / 2
  await until(
    `${half} packets have reached mn1`,
    { timeoutSeconds: 15 },
    () => counters.received('radio0').packets - before >= half || undefined,
    () => `${counters.received('radio0').packets - before} packets`,
  )
  witness.report.activity('mn1 leaves a1')
  const movedMilliseconds = Date.now()
  await moveNode('mn1', 'a2')
  const { client, server, sender } = await iperf3.result()
  await witness.stopCaptures([arrivalsCapture, ...signalling])
  witness.report.evidence({ host: 'cn', command: client.command, output: summary(client.output) })
  witness.report.evidence({ host: 'mn1', command: server.command, output: summary(server.output) })
  const events = await recordMonitors(witness, [monitor], /CARRIER|default/)
  const cut = events.get('mn1')?.find(({ text }) => text.includes('NO-CARRIER'))?.atMilliseconds

  await checkNothingLeft(witness, ['a1'], 5, 'mn1 has moved on')
  const expected = { node: 'mn1', agent: 'a2', rateBitsPerSecond: rateOfProfile.bronze } as const
  await checkHomeAgent(witness, expected)
  await checkForeignAgent(witness, expected)
  await judgeGap(witness, arrivalsCapture, sender.datagrams?.counted ?? 0, cut ?? movedMilliseconds)
}

async function judgeGap(witness: Witness, capture: Capture, sent: number, moved: number): Promise<void> {
  witness.report.activity('tshark decodes the captures')
  const fields = ['frame.time_epoch', 'udp.payload']
  const { finished, rows } = await decodeCaptures(witness.reportFolder, [capture.file], 'udp', fields)
  const arrivals = rows.flatMap(([time, payload]): Arrival[] => {
    const sequence = iperf3Sequence(payload?.[0] ?? '')
    return sequence === undefined ? [] : [{ atMilliseconds: Number(time?.[0]) * 1000, sequence }]
  })
  const gap = longestGap(arrivals, sent, moved)
  const output = gap ? linesAround(finished.output, gap) : finished.output
  witness.report.evidence({ host: 'mn1', command: finished.command, output })
  witness.check(
    'gap',
    'Longest silence of the stream at mn1 around the move',
    `less than ${longestAllowedGap} ms`,
    gap
      ? `${milliseconds(gap.milliseconds)}, ${gap.lostPackets} of ${sent} packets lost`
      : 'the stream did not go on',
    gap !== undefined && gap.milliseconds < longestAllowedGap,
  )
  const last = arrivals.reduce((highest, { sequence }) => Math.max(highest, sequence), 0)
  witness.check(
    'resumed',
    'Number of the last packet that arrived',
    `${sent}, or 20 less`,
    String(last),
    last >= sent - 20 && sent > 0,
  )
  if (!gap) return
  const round = (value: number): number => Math.round(value * 10) / 10
  witness.report.figure({
    id: 'handover-gap',
    what: 'Gap of the handover a1 to a2',
    value: round(gap.milliseconds),
    unit: 'ms',
  })
  witness.report.figure({
    id: 'handover-lost',
    what: 'Packets lost in the handover',
    value: gap.lostPackets,
    unit: 'packets',
  })
  witness.report.handover({
    node: 'mn1',
    from: 'a1',
    to: 'a2',
    atSeconds: witness.report.atSeconds(moved),
    gapMilliseconds: round(gap.milliseconds),
    lostPackets: gap.lostPackets,
    sentPackets: sent,
    arrivals: arrivals
      .filter(({ atMilliseconds }) => atMilliseconds >= gap.before.atMilliseconds - aroundMilliseconds)
      .filter(({ atMilliseconds }) => atMilliseconds <= gap.after.atMilliseconds + aroundMilliseconds)
      .map(({ atMilliseconds, sequence }) => ({
        atSeconds: witness.report.atSeconds(atMilliseconds),
        sequence,
      })),
  })
}

/** The decoded packets at both ends of the gap; the other thousands are in the capture. */
function linesAround(output: string, gap: Gap): string {
  const lines = output.split('\n')
  const at = lines.findIndex((line) => Number(line.split('\t')[0]) * 1000 >= gap.after.atMilliseconds)
  const shown = lines.slice(Math.max(0, at - 3), at + 3).map((line) => line.slice(0, 60))
  return [
    `… ${Math.max(0, at - 3)} packets`,
    ...shown,
    `… ${Math.max(0, lines.length - at - 3)} packets`,
  ].join('\n')
}
