/** What every move has to show, by captures and by what the kernels told. */
import { foreignAgents, homeAgents, hostOfAddress } from '../../topology/hosts.ts'
import { baseProfile, rateOfProfile } from '../../topology/service-control.ts'
import { decodeCaptures } from '../../witness/capture.ts'
import { describeMessage, firstHopOutOfOrder, type SignallingMessage } from '../../witness/signalling.ts'
import type { Witness } from '../../witness/witness.ts'
import { milliseconds } from '../tour/expectation.ts'
import { landmarks, standing } from '../tour/standing-order.ts'
import type { Move, WatchedMove } from './watched-move.ts'

const serverOf = { a1: 'fsa', a2: 'fsa', b1: 'fsb' } as const

/** A node with an address of the visited domain is shown by it. */
function nodeIn({ homeAddress }: Move): string {
  return hostOfAddress(homeAddress)
}

/** The registration of a move on its way: the new agent's read-back comes before the home agent hears of it. */
export function registrationHops(move: Move): string[] {
  const { homeAgent, to } = move
  const node = nodeIn(move)
  const server = serverOf[to]
  const there =
    homeAgent === 'ha'
      ? ['HAR hs→ha', 'HAA ha→hs']
      : ['HAR hs→fsa', 'HAR fsa→haa', 'HAA haa→fsa', 'HAA fsa→hs']
  return [
    `RRQ ${node}→${to}`,
    `AMR ${to}→${server}`,
    `AMR ${server}→hs`,
    `QIR hs→${server}`,
    `QIR ${server}→${to}`,
    `QIA ${to}→${server}`,
    `QIA ${server}→hs`,
    ...there,
    `AMA hs→${server}`,
    `AMA ${server}→${to}`,
    `RRP ${to}→${node}`,
  ]
}

/** The order to the previous agent: by the new one where both are of one domain, else by the home server. */
export function forwardingHops({ from, to }: Move): string[] {
  const [server, next] = [serverOf[from], serverOf[to]]
  const way = (sender: string): string[] => [
    `QIR ${sender}→${server}`,
    `QIR ${server}→${from}`,
    `QIA ${from}→${server}`,
    `QIA ${server}→${sender}`,
  ]
  return next === server ? [`QIR ${server}→${to}`, ...way(to)] : [`QIA ${next}→hs`, ...way('hs')]
}

export function releaseHops(move: Move): string[] {
  const { from, to } = move
  const node = nodeIn(move)
  const server = serverOf[from]
  return [
    `RRP ${to}→${node}`,
    `ASR hs→${server}`,
    `ASR ${server}→${from}`,
    `ASA ${from}→${server}`,
    `ASA ${server}→hs`,
  ]
}

export function checkHops(
  witness: Witness,
  id: string,
  what: string,
  messages: readonly SignallingMessage[],
  hops: readonly string[],
): void {
  const wrong = firstHopOutOfOrder(messages, hops)
  const way = hops.join(', ')
  witness.check(id, what, way, wrong === undefined ? way : `missing or out of order: ${wrong}`)
}

/** Order of the messages, and who talks to whom. */
export function checkSignalling(witness: Witness, move: Move, { messages }: WatchedMove): void {
  const { from, to, node } = move
  const own = `${node}-`
  checkHops(
    witness,
    `${own}registration`,
    'The registration: the new agent is set up before the home agent hears of it',
    messages,
    registrationHops(move),
  )
  checkHops(
    witness,
    `${own}forwarding`,
    'The service profile change request to the previous agent',
    messages,
    forwardingHops(move),
  )
  checkHops(witness, `${own}release`, 'The end of the previous visit', messages, releaseHops(move))
  const direct = messages.filter(
    (message) =>
      [message.from, message.to].includes('hs') &&
      [message.from, message.to].some((host) => host === from || host === to),
  )
  witness.check(
    `${own}through-foreign-servers`,
    'Diameter messages that pass between the home server and a foreign agent directly',
    'none',
    direct.map(describeMessage).join(', ') || 'none',
  )
}

/** Tunnel, route, neighbour, class and filter of the new agent stood when the home agent's route changed. */
export function checkStandingFirst(
  witness: Witness,
  { node, homeAddress, homeAgent, to }: Move,
  { events }: WatchedMove,
): void {
  const rateBitsPerSecond = rateOfProfile[baseProfile[node]]
  const wanted = landmarks(homeAddress, to, rateBitsPerSecond, homeAgent).filter(({ host }) => host === to)
  const { missing, last } = standing(wanted, events)
  const switched = events
    .get(homeAgent)
    ?.find(({ text }) => text.startsWith(`${homeAddress} dev sj-`))?.atMilliseconds
  const ahead = last && switched !== undefined ? switched - last.atMilliseconds : undefined
  const seen =
    missing.length > 0
      ? `never seen: ${missing.join(', ')}`
      : ahead === undefined
        ? `no new route at ${homeAgent}`
        : `${milliseconds(ahead)} (last: ${last?.name})`
  witness.check(
    `${node}-stood-first`,
    `How long before the route at ${homeAgent} changed all ${wanted.length} objects of ${node} stood at ${to}`,
    'more than 0 ms',
    seen,
    missing.length === 0 && (ahead ?? -1) > 0,
  )
}

/** Packets of the stream that went from the previous agent to the new one, and came to the node. */
export async function checkForwarded(
  witness: Witness,
  { node, homeAgent, from, to }: Move,
  { core, arrivals }: WatchedMove,
): Promise<void> {
  const fields = ['ip.src', 'ip.dst', 'icmp.seq']
  const { finished, rows } = await decodeCaptures(
    witness.reportFolder,
    [core.file, arrivals.file],
    'icmp.type == 8',
    fields,
  )
  const [tunnelEnd, nextEnd] = [foreignAgents[from].careOfAddress, foreignAgents[to].careOfAddress]
  const forwarded = new Set<string>()
  const arrived = new Set<string>()
  let fromHome = 0
  const shown: string[] = []
  for (const [line, [sources = [], destinations = [], numbers = []]] of rows.map(
    (row, index) => [index, row] as const,
  )) {
    const sequence = numbers[0]
    if (sequence === undefined) continue
    if (sources.length === 1) arrived.add(sequence)
    else if (sources[0] === tunnelEnd && destinations[0] === nextEnd) {
      forwarded.add(sequence)
      if (shown.length < 5) shown.push(finished.output.split('\n')[line]?.slice(0, 100) ?? '')
    } else if (sources[0] === homeAgents[homeAgent].address && destinations[0] === nextEnd) fromHome++
  }
  witness.report.evidence({ host: 'core', command: finished.command, output: shown.join('\n') })
  const lost = [...forwarded].filter((sequence) => !arrived.has(sequence)).length
  witness.check(
    `${node}-forwarded`,
    `Packets in flight that ${from} sent to ${to} (protocol 4, ${tunnelEnd} → ${nextEnd}), and that did not reach ${node} then`,
    'some, 0 lost',
    `${forwarded.size}, ${lost} lost; ${fromHome} came from ${homeAgent} afterwards`,
    forwarded.size > 0 && lost === 0 && fromHome > 0,
  )
  witness.report.figure({
    id: `${node}-forwarded`,
    what: `Packets that ${from} sent after ${node}`,
    value: forwarded.size,
    unit: 'packets',
  })
}
