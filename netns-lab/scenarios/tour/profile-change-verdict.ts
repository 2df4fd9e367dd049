/** What must be true of kernels, signalling and other packets when the profile changes twice in mid-stream. */
import { rateOfProfile } from '../../topology/service-control.ts'
import type { Capture } from '../../witness/capture.ts'
import type { Iperf3Result } from '../../witness/iperf3.ts'
import type { HtbClass } from '../../witness/kernel-state.ts'
import { describeMessage, firstHopOutOfOrder, type SignallingMessage } from '../../witness/signalling.ts'
import type { Witness } from '../../witness/witness.ts'
import { describeClass, describeRates } from './expectation.ts'

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
