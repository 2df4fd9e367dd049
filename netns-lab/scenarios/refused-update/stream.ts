/** The traffic beside a change that one agent refuses, and what must be true of it. */
import { until } from '../../condition.ts'
import { frameRate } from '../../witness/goodput.ts'
import { Iperf3, type Iperf3Result } from '../../witness/iperf3.ts'
import type { KernelEvent } from '../../witness/kernel-monitor.ts'
import { KernelMonitor } from '../../witness/kernel-monitor.ts'
import { countersOf } from '../../witness/network-counters.ts'
import type { SignallingMessage } from '../../witness/signalling.ts'
import { directPackets, shapingPoint } from '../../witness/subscriber-state.ts'
import { agents } from '../profile/held-by-kernels.ts'
import { homeAddress } from '../profile/offer.ts'
import { recordRun } from '../profile/on-the-wire.ts'
import type { Lab } from '../scenario.ts'
import { accessSignalling, coreSignalling } from '../tour/capture-points.ts'
import { megabits } from '../tour/expectation.ts'
import {
  checkUnbroken,
  type GoodputRun,
  goodputPoints,
  runGoodput,
  warmUpSeconds,
} from '../tour/goodput-run.ts'
import { checkDatagrams, checkUnshaped } from '../tour/profile-change-verdict.ts'
import { recordMonitors } from '../tour/standing-order.ts'

const probePort = 5202
/** 100 packets a second. */
const probe = { rateBitsPerSecond: 51_200, bytes: 64 }
/** Two intervals together may exceed a rate by the burst of its class. */
const excess = 0.1

export interface Streamed {
  run: GoodputRun | undefined
  messages: SignallingMessage[]
  events: ReadonlyMap<string, readonly KernelEvent[]>
}

/** Waits until so many seconds' worth of a rate have reached mn1. */
export type Wait = (seconds: number, bitsPerSecond: number) => Promise<void>

/** A TCP run and a thin stream of datagrams; `beside` goes on while they run. Checks that no packet was lost or unshaped. */
export async function stream(
  lab: Lab,
  name: string,
  seconds: number,
  beside: (wait: Wait) => Promise<void>,
): Promise<Streamed> {
  const { witness, roles } = lab
  const captures = await Promise.all([
    witness.capture(`${name}-core`, coreSignalling({ tunnelled: false })),
    witness.capture(`${name}-access`, accessSignalling('a1')),
  ])
  const monitors = await Promise.all(agents.map((agent) => KernelMonitor.start(agent)))
  const before = await unshaped(lab)
  const thin = await Iperf3.start({
    from: 'cn',
    to: { host: 'mn1', address: homeAddress, port: probePort },
    // It begins first and should not end first.
    seconds: seconds + 1,
    intervalSeconds: 1,
    datagrams: probe,
  })
  const counters = countersOf(roles.daemon('mn1').processId)
  const [run] = await runGoodput(witness, name, ['mn1'], seconds, () =>
    beside(async (span, bitsPerSecond) => {
      const enough = counters.received('radio0').bytes + (bitsPerSecond / 8) * span
      await until(
        `${span} s of ${megabits(bitsPerSecond)} have reached mn1`,
        { timeoutSeconds: 30 },
        () => counters.received('radio0').bytes >= enough || undefined,
      )
    }),
  )
  const datagrams: Iperf3Result = await thin.result()
  const after = await unshaped(lab)
  const events = await recordMonitors(witness, monitors, /^class/)
  await witness.stopCaptures(captures)
  recordRun(witness, 'cn', 'mn1', datagrams)
  const messages = await witness.signalling(captures, /QoS|327/)
  checkDatagrams(witness, datagrams)
  await checkUnshaped(witness, captures, { ha: after.ha - before.ha, a1: after.a1 - before.a1 })
  if (run) {
    checkUnbroken(witness, run)
    witness.report.series({
      id: `goodput-${name}`,
      what: 'Goodput of mn1',
      unit: 'Mbit/s',
      points: goodputPoints(witness, run),
      marks: pushes(messages).map((at) => ({ atSeconds: witness.report.atSeconds(at), label: 'push' })),
      reference: [],
    })
  }
  return { run, messages, events }
}

/** When the home agent was told. */
function pushes(messages: readonly SignallingMessage[]): number[] {
  return messages.flatMap(({ name, to, atMilliseconds }) =>
    name === 'QIR' && to === 'ha' ? [atMilliseconds] : [],
  )
}

async function unshaped({ witness }: Lab) {
  const look = witness.look.bind(witness)
  const { ha, a1 } = shapingPoint
  return { ha: await directPackets(look, ha), a1: await directPackets(look, a1) }
}

/** Checks that after the start, until then (seconds of the run) no two intervals together were faster than the rate lets TCP be. */
export function checkNeverFaster(
  { witness }: Lab,
  { share, intervals }: GoodputRun,
  bitsPerSecond: number,
  untilSeconds = Number.POSITIVE_INFINITY,
): void {
  const most = (bitsPerSecond - frameRate(probe)) * share
  const means = intervals.flatMap((interval, index) => {
    const next = intervals[index + 1]
    if (!next || interval.startSeconds < warmUpSeconds || next.endSeconds > untilSeconds) return []
    return ((interval.bytes + next.bytes) * 8) / (next.endSeconds - interval.startSeconds)
  })
  const seen = Math.max(...means)
  witness.check(
    'never-faster',
    'The greatest goodput of mn1 in half a second, while the old rate is to be in force',
    `at most ${megabits(most)} + ${excess * 100} %`,
    megabits(seen),
    seen <= most * (1 + excess) && seen > most * (1 - excess),
  )
}

/** The orders to one agent and its answers: `QIR, QIA 2001`. */
export function dialogue(messages: readonly SignallingMessage[], agent: (typeof agents)[number]): string {
  const server = agent === 'ha' ? 'hs' : 'fsa'
  return messages
    .filter(
      ({ name, from, to }) =>
        /^QI/.test(name) && [from, to].toSorted().join() === [agent, server].toSorted().join(),
    )
    .map(({ name, resultCode }) => (resultCode === undefined ? name : `${name} ${resultCode}`))
    .join(', ')
}
