/** Where the time of a move goes, from the carrier to the first packet, by captures and monitors. */

import { decodeCaptures } from '../../witness/capture.ts'
import { describeMessage } from '../../witness/signalling.ts'
import type { Witness } from '../../witness/witness.ts'
import { registrationHops } from './move-checks.ts'
import type { Move, WatchedMove } from './watched-move.ts'

interface Moment {
  atMilliseconds: number
  what: string
}

/** Every message of the registration, what the kernels did in between, and the first packet, in the order of time. */
export async function recordTimeline(witness: Witness, move: Move, watched: WatchedMove): Promise<void> {
  const { node, homeAddress, homeAgent, to } = move
  const { messages, events, arrivals } = watched
  const carrier = events
    .get(node)
    ?.find(({ text, atMilliseconds }) => atMilliseconds >= watched.movedAt && /radio0.*LOWER_UP/.test(text))
  if (!carrier) return
  const { rows } = await decodeCaptures(
    witness.reportFolder,
    [arrivals.file],
    `frame.time_epoch >= ${carrier.atMilliseconds / 1000}`,
    ['frame.time_epoch'],
  )
  const firstPacket = Number(rows[0]?.[0]?.[0]) * 1000
  const after = (at: number): boolean => at >= carrier.atMilliseconds
  const hops = registrationHops(move).flatMap((hop): Moment[] => {
    const found = messages.find(
      (message) => describeMessage(message) === hop && after(message.atMilliseconds),
    )
    return found ? [{ atMilliseconds: found.atMilliseconds, what: hop }] : []
  })
  const kernel = (host: string, what: string, isIn: (text: string) => boolean): Moment[] => {
    const found = events.get(host)?.find(({ text, atMilliseconds }) => after(atMilliseconds) && isIn(text))
    return found ? [{ atMilliseconds: found.atMilliseconds, what }] : []
  }
  const moments = [
    { atMilliseconds: carrier.atMilliseconds, what: `carrier at ${node}` },
    ...hops,
    ...kernel(to, `class at ${to}`, (text) => text.startsWith('class htb')),
    ...kernel(homeAgent, `route at ${homeAgent}`, (text) => text.startsWith(`${homeAddress} dev sj-`)),
    ...(Number.isNaN(firstPacket) ? [] : [{ atMilliseconds: firstPacket, what: `first packet at ${node}` }]),
  ].toSorted((a, b) => a.atMilliseconds - b.atMilliseconds)
  let before = carrier.atMilliseconds
  const lines = moments.map(({ atMilliseconds, what }) => {
    const line = `${(atMilliseconds - carrier.atMilliseconds).toFixed(1).padStart(8)}  ${`+${(atMilliseconds - before).toFixed(1)}`.padStart(7)}  ${what}`
    before = atMilliseconds
    return line
  })
  witness.report.evidence({
    host: node,
    command: `# milliseconds since the carrier of ${node} at ${to}, from the captures and monitors above`,
    output: lines.join('\n'),
  })
  if (!Number.isNaN(firstPacket))
    witness.report.figure({
      id: `${node}-to-first-packet`,
      what: `From the carrier at ${to} to the first packet at ${node}`,
      value: Math.round((firstPacket - carrier.atMilliseconds) * 10) / 10,
      unit: 'ms',
    })
}
