import type { Ipv4Address } from '#core/ipv4.ts'
import type { HostName } from '../topology/hosts.ts'
import {
  classOfMark,
  type FwFilter,
  fwFilters,
  type HtbClass,
  htbClasses,
  majors,
  markOf,
  rootHtb,
  routeProtocol,
  tunnelPrefix,
  tunnels,
  tunnelTable,
} from './kernel-state.ts'

/** How a command is run and its output read: `Witness.see` records it, `Witness.look` does not. */
export type Run = (host: HostName, command: readonly string[], decisive?: RegExp) => Promise<string>

/** The interface whose egress is shaped, and the side of the tunnels where packets for subscribers are marked. */
export interface ShapingPoint {
  host: HostName
  shaped: string
  marked: 'ingress' | 'egress'
}

export const shapingPoint = {
  ha: { host: 'ha', shaped: 'core0', marked: 'egress' },
  ha2: { host: 'ha2', shaped: 'core0', marked: 'egress' },
  haa: { host: 'haa', shaped: 'core0', marked: 'egress' },
  ca: { host: 'ca', shaped: 'core0', marked: 'egress' },
  a1: { host: 'a1', shaped: 'access', marked: 'ingress' },
  a2: { host: 'a2', shaped: 'access', marked: 'ingress' },
  b1: { host: 'b1', shaped: 'access', marked: 'ingress' },
} as const satisfies Record<string, ShapingPoint>

/** Follows the packets of a home address through a kernel: the mark that flower sets, the fw filters it meets, the class it ends in. */
export async function classOf(
  run: Run,
  point: ShapingPoint,
  homeAddress: Ipv4Address,
): Promise<HtbClass | undefined> {
  const { host, marked } = point
  const address = new RegExp(`dst_ip ${homeAddress.replaceAll('.', '\\.')}$|skbedit`)
  let mark: number | undefined
  for (const tunnel of await tunnelsOf(run, host)) {
    const show = ['tc', 'filter', 'show', 'dev', tunnel.interface, marked]
    mark ??= markOf(homeAddress, await run(host, show, address))
  }
  if (mark === undefined) return undefined
  const { filters, classes } = await shapingOf(run, point)
  return classOfMark(mark, filters, classes)
}

/** The classes of an interface, and the fw filters that lead to them. */
export async function shapingOf(
  run: Run,
  { host, shaped }: ShapingPoint,
): Promise<{ classes: HtbClass[]; filters: FwFilter[] }> {
  const classes = htbClasses(await run(host, ['tc', '-s', 'class', 'show', 'dev', shaped], / rate (?!1Gbit)/))
  const root = rootHtb(await run(host, ['tc', '-s', 'qdisc', 'show', 'dev', shaped, 'root']))
  const filters: FwFilter[] = []
  for (const major of majors(classes, root?.major ?? '1')) {
    const parent = ['tc', 'filter', 'show', 'dev', shaped, 'parent', `${major}:`]
    filters.push(...fwFilters(await run(host, parent, /handle/)))
  }
  return { classes, filters }
}

export async function tunnelsOf(run: Run, host: HostName) {
  return tunnels(await run(host, ['ip', '-d', 'link', 'show', 'type', 'ipip'], / remote \d/))
}

/** Packets that left the shaped interface without a class. */
export async function directPackets(run: Run, { host, shaped }: ShapingPoint): Promise<number> {
  const text = await run(host, ['tc', '-s', 'qdisc', 'show', 'dev', shaped, 'root'], /direct_packets_stat/)
  return rootHtb(text)?.directPackets ?? Number.NaN
}

/** Everything that stands in a kernel for some subscriber, a line each; what stands there without any subscriber is not named. */
export async function leftovers(run: Run, point: ShapingPoint): Promise<string[]> {
  const { host, shaped } = point
  const found: string[] = []
  const collect = async (what: string, command: string[], ours = /./): Promise<void> => {
    const lines = (await run(host, command, ours)).split('\n').filter((line) => ours.test(line))
    found.push(...lines.map((line) => `${host} ${what}: ${line.trim()}`))
  }
  await collect('tunnel', ['ip', '-o', 'link', 'show', 'type', 'ipip'], new RegExp(`: ${tunnelPrefix}`))
  const ours = new RegExp(`proto ${routeProtocol}\\b|table ${tunnelTable}\\b`)
  await collect('route', ['ip', 'route', 'show', 'table', 'all'], ours)
  await collect('neighbour', ['ip', 'neigh', 'show', 'nud', 'permanent'])
  await collect('class', ['tc', 'class', 'show', 'dev', shaped])
  await collect('filter', ['tc', 'filter', 'show', 'dev', shaped])
  return found
}
