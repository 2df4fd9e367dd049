/** What is measured, a row per workload: how its ground is laid, how `ip` or `tc` say it, and how it is verified. */

import { type Program, runBatch, show } from './command.ts'
import {
  addressOf,
  childMajors,
  classIdText,
  classPlaces,
  hex,
  interfaces,
  rateMegabits,
  samplesOfOne,
} from './layout.ts'

export interface Workload {
  title: string
  /** Sizes that are measured whatever is asked for: links are too slow in the kernel for more. */
  sizes?: readonly number[]
  program: Program
  /** Before the first run of any peer. */
  prepare?(n: number): void
  /** Before each run. */
  prepareRun?(n: number): void
  /** The same work as lines of `ip -batch` or `tc -batch`; a single change where the workload measures one; none for a dump. */
  lines(n: number, turn: number): string[]
  /** How many objects are there as they should be, by `ip` or `tc`; `turn` is absent after `prepare`. */
  present(n: number, turn: number): number
  /** How many there must be; n when absent. */
  expected?(n: number): number
  afterRun?(n: number): void
  /** Peers that cannot do it, and why. */
  without?: Readonly<Record<string, string>>
}

const root = ['qdisc add dev b0 root handle 1: htb']
const parameters = (turn: number) =>
  `htb rate ${rateMegabits(turn)}Mbit ceil ${2 * rateMegabits(turn)}Mbit burst 1600 cburst 1600 quantum 1514`

function classLines(verb: string, n: number, turn: number): string[] {
  return classPlaces(n).map(({ parent, classId }) => {
    const place = `parent ${classIdText(parent)} classid ${classIdText(classId)}`
    return `class ${verb} dev b0 ${place} ${parameters(turn)}`
  })
}

function layQdiscs(n: number): void {
  const children = childMajors(n).flatMap((major) => [
    `class add dev b0 parent 1: classid 1:${hex(major)} htb rate 1Gbit quantum 1514`,
    `qdisc add dev b0 parent 1:${hex(major)} handle ${hex(major)}: htb`,
  ])
  runBatch('tc', [...root, ...children])
}

function layClasses(n: number): void {
  layQdiscs(n)
  runBatch('tc', classLines('add', n, 0))
}

function removeQdiscs(): void {
  runBatch('tc', ['qdisc delete dev b0 root'])
}

function lines(output: string, text: string): number {
  return output.split('\n').filter((line) => line.includes(text)).length
}

const classesWithRate = (_n: number, turn: number) =>
  lines(show('tc', 'class show dev b0'), ` rate ${rateMegabits(turn)}Mbit `)

const filterList = 'filter add dev b0 parent 1: protocol ip prio 1'

export const workloads: Readonly<Record<string, Workload>> = {
  'change-classes': {
    title: 'change N HTB classes',
    program: 'tc',
    prepare: layClasses,
    lines: (n, turn) => classLines('change', n, turn),
    present: classesWithRate,
  },
  'replace-routes': {
    title: 'replace N /32 routes',
    program: 'ip',
    prepare: (n) => runBatch('ip', routeLines(n, 0)),
    lines: routeLines,
    present: (_n, turn) => lines(show('ip', 'route show'), ` dev ${deviceAt(turn)} `),
  },
  'add-filters': {
    title: 'add N hashed u32 filters',
    program: 'tc',
    prepareRun: () =>
      runBatch('tc', [
        ...root,
        `class add dev b0 parent 1: classid 1:1 ${parameters(0)}`,
        `${filterList} handle 2: u32 divisor 256`,
      ]),
    lines: (n) =>
      Array.from({ length: n }, (_, index) => {
        const table = `2:${hex(index & 255)}:`
        const match = `match ip dst ${addressOf(index)}/32 flowid 1:1`
        return `${filterList} handle ${table}${hex(1 + (index >> 8))} u32 ht ${table} ${match}`
      }),
    present: () => lines(show('tc', 'filter show dev b0'), 'flowid 1:1'),
    afterRun: removeQdiscs,
    without: { pyroute2: 'pyroute2 has no u32 hash tables' },
  },
  'add-classes': {
    title: 'add N HTB classes',
    program: 'tc',
    prepareRun: layQdiscs,
    lines: (n, turn) => classLines('add', n, turn),
    present: classesWithRate,
    afterRun: removeQdiscs,
  },
  'dump-classes': {
    title: 'dump + parse N classes with statistics',
    program: 'tc',
    prepare: layClasses,
    lines: () => [],
    present: (_n) => lines(show('tc', 'class show dev b0'), 'class htb'),
    expected: (n) => n + childMajors(n).length,
  },
  'change-one': {
    title: 'one change among N classes',
    program: 'tc',
    prepare: layClasses,
    lines: (n, turn) => {
      const all = classLines('change', n, turn)
      return Array.from({ length: samplesOfOne }, (_, index) => all[(index * 7919 + turn) % n] ?? '')
    },
    present: classesWithRate,
    expected: (n) => Math.min(n, samplesOfOne),
  },
  'add-links': {
    title: 'add N links (ifb)',
    sizes: [200],
    program: 'ip',
    lines: (n) => Array.from({ length: n }, (_, index) => `link add n${index} type ifb`),
    present: () => lines(show('ip', '-o link show type ifb'), ': n'),
    // One by one the kernel needs 16 ms for each.
    afterRun: (n) =>
      runBatch('ip', [
        ...Array.from({ length: n }, (_, index) => `link set n${index} group 7`),
        'link delete group 7',
      ]),
  },
}

function deviceAt(turn: number): string {
  return turn % 2 === 0 ? interfaces[0] : interfaces[1]
}

function routeLines(n: number, turn: number): string[] {
  return Array.from({ length: n }, (_, index) => `route replace ${addressOf(index)}/32 dev ${deviceAt(turn)}`)
}

/** Takes away what `prepare` and the runs left. */
export function clear(name: string): void {
  if (name === 'replace-routes')
    runBatch(
      'ip',
      interfaces.map((device) => `route flush dev ${device}`),
    )
  else if (workloads[name]?.prepare) removeQdiscs()
}
