/** What must be true of a TCP run over two profile changes. */
import { rateOfProfile } from '../../topology/role-configuration.ts'
import type { Capture } from '../../witness/capture.ts'
import { meanGoodput, settledAt } from '../../witness/goodput.ts'
import type { Iperf3Result } from '../../witness/iperf3.ts'
import type { HtbClass } from '../../witness/kernel-state.ts'
import { describeMessage, firstHopOutOfOrder, type SignallingMessage } from '../../witness/signalling.ts'
import type { Witness } from '../../witness/witness.ts'
import { checkRate, describeClass, describeRates } from './expectation.ts'
import { checkUnbroken, type GoodputRun, goodputPoints, warmUpSeconds } from './goodput-run.ts'

const longestStepSeconds = 2
const settledTolerance = 0.1
/** A push is long over before the next one, but its two branches can start in either order. */
const branchesApartMilliseconds = 500

/** The class of mn1 at both agents. */
export interface BothClasses {
  ha: HtbClass | undefined
  a1: HtbClass | undefined
}

/** A change keeps the class and gives it a new rate. */
export function checkClasses(
  witness: Witness,
  seen: Record<'bronze' | 'gold' | 'fallenBack', BothClasses | undefined>,
): void {
  const { bronze, gold } = rateOfProfile
  for (const host of ['ha', 'a1'] as const) {
    const id = seen.bronze?.[host]?.classId ?? 'a class'
    const describe = (both: BothClasses | undefined): string =>
      `${both?.[host]?.classId ?? 'none'} ${describeClass(both?.[host])}`
    witness.check(
      `class-${host}`,
      `HTB class of mn1 at ${host}: with bronze, after the operator's change, after the volume was used up`,
      [bronze, gold, bronze].map((rate) => `${id} ${describeRates(rate, rate)}`).join(', '),
      [seen.bronze, seen.gold, seen.fallenBack].map(describe).join(', '),
    )
  }
}

/** Checks both pushes and returns when each began, in milliseconds since 1970. */
export function checkPush(witness: Witness, messages: readonly SignallingMessage[]): number[] {
  const pushes = messages
    .filter((message) => describeMessage(message) === 'QIR hs→ha')
    .map(({ atMilliseconds }) => atMilliseconds)
  const branches = [
    ['QIR hs→ha', 'QIA ha→hs'],
    ['QIR hs→fsa', 'QIR fsa→a1', 'QIA a1→fsa', 'QIA fsa→hs'],
  ]
  const way = branches.map((branch) => branch.join(', ')).join('; ')
  const causes = ["the operator's change", 'the volume that was used up']
  for (const [index, cause] of causes.entries()) {
    const begin = (pushes[index] ?? Number.POSITIVE_INFINITY) - branchesApartMilliseconds
    const end = (pushes[index + 1] ?? Number.POSITIVE_INFINITY) - branchesApartMilliseconds
    const own = messages.filter(({ atMilliseconds }) => atMilliseconds >= begin && atMilliseconds < end)
    const wrong = branches.map((branch) => firstHopOutOfOrder(own, branch)).filter((hop) => hop !== undefined)
    const seen = wrong.length === 0 ? way : `missing or out of order: ${wrong.join(', ')}`
    witness.check(`push-${index + 1}`, `QoS-Install to both agents because of ${cause}`, way, seen)
  }
  witness.check('pushes', 'Profile pushes during the run', '2', String(pushes.length))
  const direct = messages.filter(({ from, to }) => [from, to].includes('hs') && [from, to].includes('a1'))
  witness.check(
    'through-foreign-server',
    'Diameter messages that pass between home server and foreign agent directly',
    'none',
    direct.map(describeMessage).join(', ') || 'none',
  )
  return pushes
}

/**
 * Goodput before, between and after; how fast it stepped; one connection all the way. Records the series. `besideBitsPerSecond`: what
 * the datagrams take of the class.
 */
export function checkGoodput(
  witness: Witness,
  run: GoodputRun,
  {
    seconds,
    pushes,
    besideBitsPerSecond,
  }: { seconds: number; pushes: readonly number[]; besideBitsPerSecond: number },
): void {
  const since = (milliseconds: number | undefined): number =>
    milliseconds === undefined ? Number.NaN : (milliseconds - run.startMilliseconds) / 1000
  const up = since(pushes[0])
  const down = since(pushes[1])
  const bronze = (rateOfProfile.bronze - besideBitsPerSecond) * run.share
  const gold = (rateOfProfile.gold - besideBitsPerSecond) * run.share
  const mean = (from: number, to: number): number | undefined => meanGoodput(run.intervals, from, to)

  checkRate(witness, 'goodput-c-before', 'Goodput of mn1 before the change', bronze, mean(warmUpSeconds, up))
  checkStep(witness, 'step-up', 'gold', run, up, gold)
  const goldMean = mean(up + longestStepSeconds, down)
  checkRate(witness, 'goodput-c-gold', 'Goodput of mn1 with gold', gold, goldMean)
  checkStep(witness, 'step-down', 'bronze', run, down, bronze)
  const afterMean = mean(down + longestStepSeconds, seconds)
  checkRate(witness, 'goodput-d-after', 'Goodput of mn1 after its volume was used up', bronze, afterMean)
  checkUnbroken(witness, run)

  const at = (afterSeconds: number): number =>
    witness.report.atSeconds(run.startMilliseconds + afterSeconds * 1000)
  const spans = [
    { from: 0, to: up, value: bronze, label: 'bronze' },
    { from: up, to: down, value: gold, label: 'gold' },
    { from: down, to: seconds, value: bronze, label: 'bronze' },
  ].filter(({ from, to }) => to > from)
  witness.report.series({
    id: 'goodput-c-d',
    what: 'Goodput of mn1 over two profile changes',
    unit: 'Mbit/s',
    points: goodputPoints(witness, run),
    marks: ['operator: gold', 'volume used up: bronze'].flatMap((label, index) => {
      const push = pushes[index]
      return push === undefined ? [] : [{ atSeconds: witness.report.atSeconds(push), label }]
    }),
    reference: spans.map(({ from, to, value, label }) => ({
      fromSeconds: at(from),
      toSeconds: at(to),
      value: Math.round(value / 1e4) / 100,
      label,
    })),
  })
}

function checkStep(
  witness: Witness,
  id: string,
  to: string,
  run: GoodputRun,
  from: number,
  rate: number,
): void {
  const settled = settledAt(run.intervals, from, rate, settledTolerance)
  const seconds = settled === undefined ? undefined : settled - from
  const what = `From the push until the goodput of mn1 is that of ${to}`
  if (seconds !== undefined)
    witness.report.figure({ id, what, value: Math.round(seconds * 100) / 100, unit: 's' })
  witness.check(
    id,
    what,
    `at most ${longestStepSeconds} s`,
    seconds === undefined ? 'never' : `${seconds.toFixed(2)} s`,
    seconds !== undefined && seconds <= longestStepSeconds,
  )
}

/** The thin stream beside the run: a packet that a change had dropped would be missing here. */
export function checkDatagrams(witness: Witness, { sender, receiver }: Iperf3Result): void {
  const sent = sender.datagrams?.counted ?? 0
  const lost = sender.error ?? receiver.error ?? String(receiver.datagrams?.lost ?? 'no report')
  witness.check(
    'no-loss',
    `Datagrams lost of a stream beside the run (${sent} sent)`,
    '0',
    sent === 0 ? 'no datagram was sent' : lost,
  )
}

/**
 * Packets that left without a class, against the signalling in the captures: no user packet is among them. The captures began before
 * the counters were read first, and ended after they were read last.
 */
export async function checkUnshaped(
  witness: Witness,
  [core, access]: readonly Capture[],
  unshaped: Record<'ha' | 'a1', number>,
): Promise<void> {
  const points = [
    { host: 'ha', capture: core, filter: 'src host 10.0.1.2 or src host 192.0.2.1' },
    { host: 'a1', capture: access, filter: 'src host 10.1.101.1' },
  ] as const
  for (const { host, capture, filter } of points) {
    if (!capture) continue
    const counted = await witness.see(
      capture.host,
      ['tcpdump', '-n', '--count', '-r', capture.file, filter],
      /packet/,
    )
    const signalling = Number(/^(\d+) packets?/m.exec(counted)?.[1] ?? Number.NaN)
    witness.check(
      `unshaped-${host}`,
      `Packets that left ${host} unshaped during the run (HTB direct packets), of which the captures show as signalling`,
      `not more than the ${signalling} of signalling`,
      String(unshaped[host]),
      unshaped[host] <= signalling,
    )
  }
}
