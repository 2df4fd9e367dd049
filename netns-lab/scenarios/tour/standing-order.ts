/** Evidence that everything stood in the kernels before the reply left the foreign agent. */
import { formatRate } from '#core/units.ts'
import { type ForeignAgentName, foreignAgents, type HomeAgentName, homeAgents } from '../../topology/hosts.ts'
import type { KernelEvent, KernelMonitor } from '../../witness/kernel-monitor.ts'
import type { Witness } from '../../witness/witness.ts'
import { milliseconds } from './expectation.ts'

export interface Landmark {
  host: string
  what: string
  isIn: (text: string) => boolean
}

/** What must have appeared in the output of `ip monitor` and `tc monitor`. */
export function landmarks(
  homeAddress: string,
  agent: ForeignAgentName,
  rateBitsPerSecond: number,
  homeAgent: HomeAgentName = 'ha',
): Landmark[] {
  // tc prints `4Mbit` where it reads `4mbit`.
  const rate = formatRate(rateBitsPerSecond).replace(
    /[kmg]bit/,
    (unit) => unit[0]?.toUpperCase() + unit.slice(1),
  )
  const isUp = (text: string): boolean => /<[^>]*\bUP\b/.test(text)
  const shared = (host: string, remote: string): Landmark[] => [
    { host, what: 'tunnel', isIn: (text) => text.includes(`peer ${remote}`) && isUp(text) },
    { host, what: 'class', isIn: (text) => text.startsWith('class htb') && text.includes(` rate ${rate} `) },
    { host, what: 'filter', isIn: (text) => text.includes(`dst_ip ${homeAddress}`) },
  ]
  return [
    ...shared(homeAgent, foreignAgents[agent].careOfAddress),
    { host: homeAgent, what: 'route', isIn: (text) => text.startsWith(`${homeAddress} dev sj-`) },
    ...shared(agent, homeAgents[homeAgent].address),
    {
      host: agent,
      what: 'route',
      isIn: (text) => text.startsWith(`${homeAddress} dev access`) && !text.includes('lladdr'),
    },
    {
      host: agent,
      what: 'neighbour',
      isIn: (text) => text.startsWith(`${homeAddress} dev access lladdr`) && text.includes('PERMANENT'),
    },
  ]
}

export interface Standing {
  /** The landmarks that were never seen. */
  missing: string[]
  /** When the last of the others had come, and which it was. */
  last: { atMilliseconds: number; name: string } | undefined
}

/** When the last landmark was first seen. Pure. */
export function standing(
  wanted: readonly Landmark[],
  events: ReadonlyMap<string, readonly KernelEvent[]>,
): Standing {
  const missing: string[] = []
  let last: Standing['last']
  for (const { host, what, isIn } of wanted) {
    const name = `${what} at ${host}`
    const first = events.get(host)?.find(({ text }) => isIn(text))
    if (!first) missing.push(name)
    else if (!last || first.atMilliseconds > last.atMilliseconds)
      last = { atMilliseconds: first.atMilliseconds, name }
  }
  return { missing, last }
}

/** Ends the monitors; their lines become evidence. */
export async function recordMonitors(
  witness: Witness,
  monitors: readonly KernelMonitor[],
  decisive?: RegExp,
): Promise<Map<string, KernelEvent[]>> {
  const events = new Map<string, KernelEvent[]>()
  for (const monitor of monitors) {
    const seen = await monitor.stop()
    events.set(
      monitor.host,
      seen.flatMap((one) => one.events),
    )
    for (const one of seen) {
      const lines = one.events.map(({ atMilliseconds, text }) => `[${timeOfDay(atMilliseconds)}] ${text}`)
      witness.report.evidence(
        { host: monitor.host, command: one.command, output: lines.join('\n') },
        decisive,
      )
    }
  }
  return events
}

export function checkStandingBefore(
  witness: Witness,
  wanted: readonly Landmark[],
  events: ReadonlyMap<string, readonly KernelEvent[]>,
  replyMilliseconds: number | undefined,
): void {
  const { missing, last } = standing(wanted, events)
  const ahead = last && replyMilliseconds !== undefined ? replyMilliseconds - last.atMilliseconds : undefined
  const seen =
    missing.length > 0
      ? `never seen: ${missing.join(', ')}`
      : ahead === undefined
        ? 'no reply in the capture'
        : ahead >= 0
          ? `all, ${milliseconds(ahead)} before (last: ${last?.name})`
          : `${last?.name} came ${milliseconds(-ahead)} after the reply`
  const what =
    'Tunnels, routes, neighbour, classes and filters that stood before the reply left the foreign agent'
  witness.check(
    'stood-before',
    what,
    `all ${wanted.length}`,
    seen,
    missing.length === 0 && (ahead ?? -1) >= 0,
  )
}

/** UTC, with microseconds. */
function timeOfDay(atMilliseconds: number): string {
  const microseconds = Math.round((atMilliseconds % 1) * 1000)
  return `${new Date(Math.floor(atMilliseconds)).toISOString().slice(11, 23)}${String(microseconds).padStart(3, '0')}`
}
