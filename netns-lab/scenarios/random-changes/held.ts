import { bitsPerSecond, classOfMark, type HtbClass, tunnelPrefix } from '../../witness/kernel-state.ts'
import { type Run, shapingOf, shapingPoint, tunnelsOf } from '../../witness/subscriber-state.ts'
import { type Agent, filtersFor } from '../profile/held-by-kernels.ts'
import { homeAddress } from '../profile/offer.ts'

/** What `tc` shows of mn1 at an agent, in the words of `expectedLines`. */
export async function heldLines(run: Run, agent: Agent): Promise<string[]> {
  const { host, marked } = shapingPoint[agent]
  const shown: string[] = []
  for (const { interface: device } of await tunnelsOf(run, host))
    if (device.startsWith(tunnelPrefix))
      shown.push(await run(host, ['tc', 'filter', 'show', 'dev', device, marked]))
  const filters = filtersFor(homeAddress, 'dst', shown.join('\n'))
  const { classes, filters: marks } = await shapingOf(run, shapingPoint[agent])
  const marking = filters.flatMap((filter) => {
    const mark = Number(/skbedit\s+mark (\w+)/.exec(filter)?.[1])
    return Number.isNaN(mark) ? [] : [{ filter, mark, leaf: classOfMark(mark, marks, classes) }]
  })
  const entry = marking.find(({ filter }) => portOf(filter) === undefined)
  if (!entry) return ['nothing leads to a class']
  const [major, minor] = [entry.mark >>> 16, entry.mark & 0xffff].map((part) => part.toString(16))
  const drops = filters.filter((filter) => /gact action drop/.test(filter))
  return [
    `whole ${rates(classes.find(({ classId }) => classId === `${major}:${minor}`))}`,
    `rest ${leafOf(entry)}`,
    ...marking
      .filter((one) => one !== entry)
      .map((flow) => `flow ${portOf(flow.filter)}: ${leafOf(flow)}`)
      .sort(),
    `drops ${
      drops
        .toSorted((one, other) => listOf(one) - listOf(other))
        .map(portOf)
        .join(' ') || 'none'
    }`,
    `${classes.filter(({ classId }) => classId.startsWith(`${major}:`)).length} classes, ${filters.length} filters`,
    ...(agent === 'a1' ? [`uplink ${await uplink(run)}`] : []),
  ]
}

async function uplink(run: Run): Promise<string> {
  const shown = await run('a1', ['tc', 'filter', 'show', 'dev', 'access', 'ingress'])
  const own = filtersFor(homeAddress, 'src', shown)
  const [, rate] = /police .*? rate (\S+)/.exec(own.join('\n')) ?? []
  const drops = own.filter((filter) => /gact action drop/.test(filter)).map(portOf)
  return [
    rate ? String(bitsPerSecond(rate) / 1e6) : 'unlimited',
    ...drops.map((port) => `drops ${port}`),
  ].join(', ')
}

function leafOf({ filter, leaf }: { filter: string; leaf: HtbClass | undefined }): string {
  const [, written] = /key #0 +at ipv4\+0: val 00(..)0000/.exec(filter) ?? []
  const dscp = written === undefined ? 'none' : Number.parseInt(written, 16) >> 2
  return `${rates(leaf)}, priority ${leaf?.priority}, dscp ${dscp}`
}

/** Rate and ceil in Mbit/s. */
function rates(found: HtbClass | undefined): string {
  return found ? `${found.rateBitsPerSecond / 1e6} ${found.ceilBitsPerSecond / 1e6}` : 'without a class'
}

function portOf(filter: string): string | undefined {
  return /dst_port (\d+)/.exec(filter)?.[1]
}

function listOf(filter: string): number {
  return Number(/ pref (\d+)/.exec(filter)?.[1])
}
