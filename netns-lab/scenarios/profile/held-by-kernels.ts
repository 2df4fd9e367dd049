/** The parts of a subscriber's profile as `tc` shows them at both agents. */
import type { Ipv4Address } from '#core/ipv4.ts'
import {
  bitsPerSecond,
  classOfMark,
  type HtbClass,
  htbClasses,
  tunnelPrefix,
} from '../../witness/kernel-state.ts'
import { type Run, shapingOf, shapingPoint, tunnelsOf } from '../../witness/subscriber-state.ts'
import type { Witness } from '../../witness/witness.ts'
import { describeClass, describeRates } from '../tour/expectation.ts'
import { homeAddress, rates, voicePort } from './offer.ts'

export const agents = ['ha', 'a1'] as const
export type Agent = (typeof agents)[number]

/** The class of all, what is below it for the flow, and for the rest. */
export interface SubscriberClasses {
  whole: HtbClass | undefined
  flow: HtbClass | undefined
  rest: HtbClass | undefined
}
export type Classes = Record<Agent, SubscriberClasses>

/** The flower filters for an address in the output of `tc -s filter show`, a text each. */
export function filtersFor(address: Ipv4Address, direction: 'src' | 'dst', text: string): string[] {
  return text
    .split(/^(?=filter )/m)
    .filter((filter) => filter.split('\n').some((line) => line.trim() === `${direction}_ip ${address}`))
}

/** The filters that packets for mn1 meet at the tunnel. */
export async function tunnelFilters(run: Run, agent: Agent): Promise<string[]> {
  const { host, marked } = shapingPoint[agent]
  const shown: string[] = []
  for (const { interface: device } of await tunnelsOf(run, host))
    if (device.startsWith(tunnelPrefix))
      shown.push(await run(host, ['tc', '-s', 'filter', 'show', 'dev', device, marked], /dst_|skbedit|drop/))
  return filtersFor(homeAddress, 'dst', shown.join('\n'))
}

/** Follows the marks of mn1 to the classes at both agents. */
export async function classesOf(run: Run): Promise<Classes> {
  return { ha: await classesAt(run, 'ha'), a1: await classesAt(run, 'a1') }
}

/** The same classes later. Two commands and no more: each takes time from the traffic. */
export async function sameClasses(run: Run, before: Classes): Promise<Classes> {
  const find = async (agent: Agent): Promise<SubscriberClasses> => {
    const { host, shaped } = shapingPoint[agent]
    const all = htbClasses(await run(host, ['tc', '-s', 'class', 'show', 'dev', shaped], / prio | root /))
    const again = (wanted: HtbClass | undefined): HtbClass | undefined =>
      all.find(({ classId }) => classId === wanted?.classId)
    const { whole, flow, rest } = before[agent]
    return { whole: again(whole), flow: again(flow), rest: again(rest) }
  }
  return { ha: await find('ha'), a1: await find('a1') }
}

async function classesAt(run: Run, agent: Agent): Promise<SubscriberClasses> {
  const marking = (await tunnelFilters(run, agent)).filter((filter) => filter.includes('skbedit'))
  const ofPort = (filter: string): boolean => new RegExp(`dst_port ${voicePort}$`, 'm').test(filter)
  const mark = (wanted: boolean): number =>
    Number(/mark (\d+|0x[\da-f]+)/.exec(marking.find((filter) => ofPort(filter) === wanted) ?? '')?.[1])
  const { classes, filters } = await shapingOf(run, shapingPoint[agent])
  const own = mark(false)
  const id = `${(own >>> 16).toString(16)}:${(own & 0xffff).toString(16)}`
  return {
    whole: classes.find(({ classId }) => classId === id),
    flow: classOfMark(mark(true), filters, classes),
    rest: classOfMark(own, filters, classes),
  }
}

/** The rate of mn1's policer at the access link of a1. */
export async function policedRate(run: Run): Promise<number> {
  const shown = await run('a1', ['tc', 'filter', 'show', 'dev', 'access', 'ingress'], /police|src_ip/)
  const own = filtersFor(homeAddress, 'src', shown).join('\n')
  return bitsPerSecond(/police .*? rate (\S+)/.exec(own)?.[1] ?? '')
}

function describe(id: string, { whole, flow, rest }: Record<keyof SubscriberClasses, string>): string {
  return `${id}${whole}; voice ${flow}; rest ${rest}`
}

/** Checks the three classes at both agents. `same`: the whole one still has the id that it had then. */
export function checkClasses(
  witness: Witness,
  prefix: string,
  when: string,
  { found, downlink, same }: { found: Classes; downlink: number; same?: Classes },
): void {
  for (const agent of agents) {
    const { whole, flow, rest } = found[agent]
    const idOf = (classes: Classes | undefined): string => {
      const id = classes?.[agent].whole?.classId
      return same ? `${id} ` : ''
    }
    witness.check(
      `${prefix}-${agent}`,
      `HTB classes of mn1 at ${agent} ${when}`,
      describe(idOf(same), {
        whole: describeRates(downlink, downlink),
        flow: describeRates(rates.voice, rates.voice),
        rest: describeRates(downlink - rates.voice, downlink),
      }),
      describe(idOf(found), {
        whole: describeClass(whole),
        flow: describeClass(flow),
        rest: describeClass(rest),
      }),
    )
  }
}
