/** What both kernels hold for a node, now, after a change, and over time. */
import { until } from '../../condition.ts'
import { LabError } from '../../lab-error.ts'
import { type ForeignAgentName, type MobileNodeName, mobileNodes } from '../../topology/hosts.ts'
import type { KernelEvent } from '../../witness/kernel-monitor.ts'
import { bitsPerSecond, type HtbClass, htbClasses } from '../../witness/kernel-state.ts'
import { classOf, type Run, shapingPoint } from '../../witness/subscriber-state.ts'
import type { Witness } from '../../witness/witness.ts'
import { describeClass, describeRates } from '../tour/expectation.ts'
import { inMegabits } from './subscribers.ts'

/** A node where it is registered, and the classes that its packets end in there. */
export interface Registered {
  node: MobileNodeName
  agent: ForeignAgentName
  classes: Readonly<Record<string, HtbClass | undefined>>
}

const agentsOf = ({ agent }: Pick<Registered, 'agent'>) => ['ha', agent] as const

/** Follows the marks of a node to its classes at the home agent and this foreign agent. */
export async function followMarks(run: Run, where: Pick<Registered, 'node' | 'agent'>): Promise<Registered> {
  const { homeAddress } = mobileNodes[where.node]
  const classes: Record<string, HtbClass | undefined> = {}
  for (const agent of agentsOf(where)) classes[agent] = await classOf(run, shapingPoint[agent], homeAddress)
  return { ...where, classes }
}

/** The same classes later. Two commands and no more: each takes time from the traffic. */
async function look(run: Run, registered: Registered): Promise<Registered['classes']> {
  const found: Record<string, HtbClass | undefined> = {}
  for (const agent of agentsOf(registered)) {
    const { host, shaped } = shapingPoint[agent]
    const shown = await run(host, ['tc', '-s', 'class', 'show', 'dev', shaped], / prio /)
    const { classId } = registered.classes[agent] ?? {}
    found[agent] = htbClasses(shown).find((one) => one.classId === classId)
  }
  return found
}

export interface Expectation {
  /** Prefix of the checks' ids. */
  id: string
  /** Ends the sentence. */
  when: string
  rate: number
}

/** Checks that both kernels hold this rate, in the classes that they have had all along. */
export async function checkRates(
  witness: Witness,
  registered: Registered,
  { id, when, rate }: Expectation,
): Promise<void> {
  const found = await look(witness.see.bind(witness), registered)
  for (const agent of agentsOf(registered))
    witness.check(
      `${id}-${agent}`,
      `HTB class of ${registered.node} at ${agent} ${when}`,
      `${registered.classes[agent]?.classId ?? 'a class'} ${describeRates(rate, rate)}`,
      `${found[agent]?.classId ?? 'none'} ${describeClass(found[agent])}`,
    )
}

/** As `checkRates`, once both hold it or `timeoutSeconds` are over. */
export async function awaitRates(
  witness: Witness,
  registered: Registered,
  expected: Expectation,
  timeoutSeconds = 10,
): Promise<void> {
  const run = witness.look.bind(witness)
  await until(
    `both kernels hold ${expected.rate} bit/s`,
    { timeoutSeconds, intervalMilliseconds: 100 },
    async () => {
      const found = Object.values(await look(run, registered))
      return found.every((one) => one?.rateBitsPerSecond === expected.rate) || undefined
    },
  ).catch((error: unknown) => {
    // The check says what was seen instead.
    if (!(error instanceof LabError && error.code === 'lab/timeout')) throw error
  })
  await checkRates(witness, registered, expected)
}

/** A rate that a kernel gave to a class, and when. */
export interface RateChange {
  atMilliseconds: number
  rate: number
}

/** The rates that a class had, in the order of time, without those that were set to what they were. Pure. */
export function rateHistory(events: readonly KernelEvent[], before: HtbClass | undefined): RateChange[] {
  let last = before?.rateBitsPerSecond
  return events.flatMap(({ atMilliseconds, text }) => {
    if (!before || !text.startsWith(`class htb ${before.classId} `)) return []
    const rate = bitsPerSecond(/ rate (\S+)/.exec(text)?.[1] ?? '')
    if (rate === last) return []
    last = rate
    return { atMilliseconds, rate }
  })
}

/**
 * Checks the rates that the kernels gave to a node's classes while monitors ran: these, each once, and no other. Returns when the home
 * agent's kernel did.
 */
export function checkHistory(
  witness: Witness,
  events: ReadonlyMap<string, readonly KernelEvent[]>,
  registered: Registered,
  expected: readonly number[],
): number[] {
  const { node, classes } = registered
  const histories = agentsOf(registered).map((agent) => rateHistory(events.get(agent) ?? [], classes[agent]))
  for (const [index, agent] of agentsOf(registered).entries())
    witness.check(
      `history-${node}-${agent}`,
      `Rates that the kernel of ${agent} gave to the class of ${node} in this step (tc monitor)`,
      describeHistory(expected),
      describeHistory(histories[index]?.map(({ rate }) => rate) ?? []),
    )
  return histories[0]?.map(({ atMilliseconds }) => atMilliseconds) ?? []
}

function describeHistory(given: readonly number[]): string {
  return given.map(inMegabits).join(', ') || 'none'
}
