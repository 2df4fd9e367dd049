/** All that stands in the kernel of an agent for subscribers, and what of it belongs to none that is served there. */
import type { Ipv4Address } from '#core/ipv4.ts'
import { tryInHost } from '../topology/host-command.ts'
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
  type Tunnel,
  tunnels,
} from './kernel-state.ts'
import type { ShapingPoint } from './subscriber-state.ts'

export interface AgentState {
  tunnels: Tunnel[]
  /** Of our protocol. */
  routes: { address: Ipv4Address; device: string }[]
  /** The permanent ones. */
  neighbours: { address: Ipv4Address; linkAddress: string }[]
  /** Of the tunnels, and of what comes in on the shaped interface of a foreign agent, as `tc` prints them. */
  packetFilters: string
  /** Major of the root. */
  root: string | undefined
  classes: HtbClass[]
  markFilters: FwFilter[]
}

/** Three processes, so that it can be asked often. What goes away meanwhile is not there. */
export async function readAgent({ host, shaped, marked }: ShapingPoint): Promise<AgentState> {
  const show = async (program: readonly string[], lines: readonly string[]): Promise<string> => {
    const input = `${lines.join('\n')}\n`
    return (await tryInHost(host, [...program, '-force', '-batch', '-'], { input })).output
  }
  const objects = await show(
    ['ip', '-d'],
    ['link show type ipip', `route show table all proto ${routeProtocol}`, 'neigh show nud permanent'],
  )
  const own = tunnels(objects)
  const shown = await show(
    ['tc', '-s'],
    [
      `qdisc show dev ${shaped} root`,
      `class show dev ${shaped}`,
      ...own.map((tunnel) => `filter show dev ${tunnel.interface} ${marked}`),
      ...(marked === 'ingress' ? [`filter show dev ${shaped} ingress`] : []),
    ],
  )
  const root = rootHtb(shown)?.major
  const classes = htbClasses(shown)
  const parents = root === undefined ? [] : majors(classes, root)
  const marks = await show(
    ['tc'],
    parents.map((major) => `filter show dev ${shaped} parent ${major}:`),
  )
  return {
    tunnels: own,
    ...routesAndNeighbours(objects),
    packetFilters: shown,
    root,
    classes,
    markFilters: fwFilters(marks),
  }
}

/** In the output of `ip -d route show` and `ip -d neigh show`. */
export function routesAndNeighbours(text: string): Pick<AgentState, 'routes' | 'neighbours'> {
  // ip does not print the protocol by which it was asked.
  const routes = text.matchAll(/^(?:unicast )?([\d.]+) dev (\S+) (?!lladdr)/gm)
  const neighbours = text.matchAll(/^([\d.]+) dev \S+ lladdr (\S+) .*PERMANENT/gm)
  return {
    routes: [...routes].map(([, address = '', device = '']) => ({ address, device })),
    neighbours: [...neighbours].map(([, address = '', linkAddress = '']) => ({ address, linkAddress })),
  }
}

/** The class of a subscriber whose profile has no flows. */
export function classAt(state: AgentState, homeAddress: Ipv4Address): HtbClass | undefined {
  const mark = markOf(homeAddress, state.packetFilters)
  return mark === undefined ? undefined : classOfMark(mark, state.markFilters, state.classes)
}

/** What nodes may send that nobody knows. */
const agentsOwnList = /^filter .* pref 4330 /

/** A subscriber has one class for all that is his, and one below it for what is in no flow. */
const classesEach = 2

/**
 * What an agent has for nobody whom it serves, a line each. `remotes`: the other ends of the tunnels that those need. Pure.
 */
export function strays(
  state: AgentState,
  served: readonly Ipv4Address[],
  remotes: readonly Ipv4Address[],
): string[] {
  const majorOf = (classId: string): string => classId.split(':')[0] ?? ''
  const minorOf = (classId: string): string => classId.split(':')[1] ?? ''
  const leaves = served.flatMap((address) => classAt(state, address)?.classId ?? [])
  const groups = new Set(leaves.map(majorOf))
  const isGroup = (classId: string): boolean =>
    majorOf(classId) === state.root && groups.has(minorOf(classId))
  const addresses = state.packetFilters
    .split(/^(?=filter )/m)
    .filter((filter) => !agentsOwnList.test(filter))
    .flatMap((filter) => [...filter.matchAll(/^ +(?:dst|src)_ip ([\d.]+)$/gm)])
    .map(([, address = '']) => address)
  const inGroups = state.classes.filter(({ classId }) => groups.has(majorOf(classId)))
  const surplus = inGroups.length - classesEach * leaves.length
  const known = (address: Ipv4Address): boolean => served.includes(address)
  return [
    ...state.tunnels
      .filter(({ remote }) => !remotes.includes(remote))
      .map(({ remote }) => `tunnel to ${remote}`),
    ...state.routes.filter(({ address }) => !known(address)).map(({ address }) => `route to ${address}`),
    ...state.neighbours.filter(({ address }) => !known(address)).map(({ address }) => `neighbour ${address}`),
    ...addresses.filter((address) => !known(address)).map((address) => `filter for ${address}`),
    ...state.classes
      .filter(({ classId }) => !groups.has(majorOf(classId)) && !isGroup(classId))
      .map(({ classId }) => `class ${classId}`),
    ...(surplus === 0
      ? []
      : [
          `${surplus} classes more than those of whom it serves: ${inGroups.map(({ classId }) => classId).join(' ')}`,
        ]),
    ...state.markFilters
      .filter(({ classId }) => !leaves.includes(classId) && !isGroup(classId))
      .map(({ classId }) => `mark of class ${classId}`),
  ]
}
