import type { Form } from './plot-frame.ts'
import type { Topology } from './report.ts'

export type TopologyHost = Topology['hosts'][number]

export interface PlacedHost extends TopologyHost {
  /** The centre. */
  x: number
  y: number
}

export interface Layout {
  box: { width: number; height: number }
  hosts: Map<string, PlacedHost>
  height: number
}

export interface Line {
  x1: number
  y1: number
  x2: number
  y2: number
}

/** The order in which user packets pass the hosts; servers stand beside the agents of their own domain. */
const stages = ['correspondent', 'home', 'core', 'foreign', 'node'] as const
type Stage = (typeof stages)[number]

const geometry = {
  /** User packets flow to the right, signalling lies above. */
  wide: {
    box: { width: 124, height: 50 },
    stage: { correspondent: 74, home: 262, core: 454, foreign: 676, node: 882 },
    server: 84,
    lanes: { first: 204, distance: 92 },
    stagger: 32,
  },
  /** User packets flow down, signalling lies on the left. */
  narrow: {
    box: { width: 100, height: 46 },
    stage: { correspondent: 30, home: 160, core: 270, foreign: 400, node: 545 },
    server: 66,
    lanes: { first: 188, distance: 108 },
    stagger: 30,
  },
} as const

/** Places every host by its role: agents, nodes and routers in lanes along the way of the packets, servers beside them. */
export function layOutTopology(topology: Topology, form: Form): Layout {
  const { box, stage, server, lanes, stagger } = geometry[form]
  const groups = [...new Set(topology.hosts.map((host) => host.group))]
  const foreignGroups = groups.filter((group) =>
    topology.hosts.some((host) => host.group === group && stageOf(host) === 'foreign'),
  )
  const hosts = new Map<string, PlacedHost>()
  for (const name of stages) {
    const members = topology.hosts.filter((host) => stageOf(host) === name)
    const inLanes = members.filter((host) => !isServer(host))
    for (const [index, host] of members.entries()) {
      const domain = name === 'foreign' ? Math.max(0, foreignGroups.indexOf(host.group)) : 0
      const laneMembers = name === 'foreign' ? inLanes.filter((other) => other.group === host.group) : inLanes
      const lane = laneMembers.indexOf(host)
      const spread = lane - (laneMembers.length - 1) / 2
      const shift = name === 'foreign' && lane >= 0 ? spread * 2 * stagger : 0
      const beside = isServer(host)
        ? members
            .slice(0, index)
            .filter(isServer)
            .filter((other) => other.group === host.group).length
        : 0
      const along = stage[name] + shift
      const across = lane < 0 ? server : lanes.first + lanes.distance * (0.5 + spread)
      // A second foreign domain goes below the first in either form.
      const below = domain * (form === 'wide' ? lanes.distance * 3 + 40 : 190)
      const aside = beside * (form === 'wide' ? box.width + 16 : box.height + 12)
      const nodesBelow = form === 'narrow' && name === 'node' ? (foreignGroups.length - 1) * 190 : 0
      hosts.set(
        host.name,
        form === 'wide'
          ? { ...host, x: along + aside, y: across + below }
          : { ...host, x: across, y: along + below + aside + Math.max(0, nodesBelow) },
      )
    }
  }
  const lowest = Math.max(0, ...[...hosts.values()].map((host) => host.y))
  return { box, hosts, height: lowest + box.height / 2 + 34 }
}

/** The line between two hosts: upright or level where their boxes allow it, towards the outside where they only overlap. */
export function connect(a: PlacedHost, b: PlacedHost, box: Layout['box']): Line {
  const x = common(a.x, b.x, box.width)
  if (x !== undefined) return { x1: x, y1: a.y, x2: x, y2: b.y }
  const y = common(a.y, b.y, box.height)
  if (y !== undefined) return { x1: a.x, y1: y, x2: b.x, y2: y }
  return { x1: a.x, y1: a.y, x2: b.x, y2: b.y }
}

/** The wires that lead from one host to another, fewest first: the way that a tunnel takes. */
export function wiresBetween(topology: Topology, from: string, to: string): [string, string][] {
  const cameFrom = new Map<string, string>([[from, from]])
  const queue = [from]
  for (let host = queue.shift(); host !== undefined && host !== to; host = queue.shift())
    for (const { a, b, kind } of topology.links) {
      if (kind !== 'wire' || (a !== host && b !== host)) continue
      const next = a === host ? b : a
      if (cameFrom.has(next)) continue
      cameFrom.set(next, host)
      queue.push(next)
    }
  const way: [string, string][] = []
  for (let host = to; host !== from; ) {
    const previous = cameFrom.get(host)
    if (previous === undefined) return [[from, to]]
    way.unshift([previous, host])
    host = previous
  }
  return way
}

function stageOf(host: TopologyHost): Stage {
  const role = host.role.toLowerCase()
  if (role.includes('home')) return 'home'
  if (role.includes('foreign')) return 'foreign'
  if (role.includes('mobile')) return 'node'
  if (role.includes('correspondent')) return 'correspondent'
  return 'core'
}

function isServer(host: TopologyHost): boolean {
  return host.role.toLowerCase().includes('server')
}

function common(a: number, b: number, size: number): number | undefined {
  const overlap = size - Math.abs(a - b)
  if (overlap < 12) return undefined
  if (a === b) return a
  const inset = Math.min(12, overlap / 2)
  return b > a ? a + size / 2 - inset : a - size / 2 + inset
}
