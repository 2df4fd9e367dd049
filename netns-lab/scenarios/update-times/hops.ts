/** The times of updates that were made one after the other, hop by hop, from the signalling between the hosts. Pure. */
import { describeMessage, type SignallingMessage } from '../../witness/signalling.ts'

/** A request to commit an edit, with its answer. Milliseconds since 1970. */
export interface TimedUpdate {
  sentAt: number
  answeredAt: number
}

const commit = 'the commit is asked for'
const answer = 'the commit is answered'

/** What is timed: from one landmark to another. A landmark is a message as the core router sees it, or an end of the request. */
export const hops = [
  { name: 'stored, and the order for the home agent is on its way', from: commit, to: 'QIR hs→ha' },
  { name: 'home agent: in its kernel, read back', from: 'QIR hs→ha', to: 'QIA ha→hs' },
  { name: 'foreign server passes the order on', from: 'QIR hs→fsa', to: 'QIR fsa→a1' },
  { name: 'foreign agent: in its kernel, read back', from: 'QIR fsa→a1', to: 'QIA a1→fsa' },
  { name: 'foreign server passes the answer on', from: 'QIA a1→fsa', to: 'QIA fsa→hs' },
  { name: 'both answers stored, operator told', from: 'QIA fsa→hs', to: answer },
  { name: 'commit to read-back at the home agent', from: commit, to: 'QIA ha→hs' },
  { name: 'commit to read-back at the foreign agent', from: commit, to: 'QIA a1→fsa' },
  { name: 'commit to answer', from: commit, to: answer },
] as const
export type HopName = (typeof hops)[number]['name']

/** Milliseconds of each hop of each update; undefined for one of which a message was not seen. */
export function hopTimes(
  updates: readonly TimedUpdate[],
  messages: readonly SignallingMessage[],
): (Record<HopName, number> | undefined)[] {
  let position = 0
  return updates.map(({ sentAt, answeredAt }) => {
    const landmarks = new Map<string, number>([
      [commit, sentAt],
      [answer, answeredAt],
    ])
    for (; position < messages.length; position++) {
      const message = messages[position]
      if (!message || message.atMilliseconds > answeredAt) break
      if (message.atMilliseconds >= sentAt) landmarks.set(describeMessage(message), message.atMilliseconds)
    }
    const times = hops.map(({ name, from, to }) => [
      name,
      (landmarks.get(to) ?? Number.NaN) - (landmarks.get(from) ?? Number.NaN),
    ])
    return times.some(([, time]) => Number.isNaN(time)) ? undefined : Object.fromEntries(times)
  })
}

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN
}
