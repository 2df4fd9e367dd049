import type { EvaluationState, SignalEvent } from './facts.ts'

/** For how long behind the newest event an id is remembered, so that the same event counts once. */
const memoryMilliseconds = 3600e3

/** And at most so many, the newest: who floods a subscriber with events must not fill the database. */
const remembered = 1000

/** As many failures as a condition can count. */
export const failuresKept = 100

export interface Admitted {
  /** Not applied before, in the order of their time; of the same time, by id. */
  fresh: SignalEvent[]
  /** Ids of events that are older than what is remembered. */
  ignored: string[]
  applied: EvaluationState['applied']
  failures: EvaluationState['failures']
}

/** Sorts out what was applied before. An event of the future (a clock that is ahead) counts as of now. */
export function admitEvents(
  { applied, failures }: EvaluationState,
  events: readonly SignalEvent[],
  now: number,
): Admitted {
  const horizon = horizonOf(applied)
  const candidates = new Map(
    events.filter(({ id }) => !Object.hasOwn(applied, id)).map((event) => [event.id, event]),
  )
  const fresh = [...candidates.values()]
    .filter(({ at }) => at >= horizon)
    .map((event) => ({ ...event, at: Math.min(event.at, now) }))
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  const all = { ...applied, ...timesOf(fresh) }
  const failed = timesOf(fresh.filter(({ kind }) => kind === 'authentication-failure'))
  return {
    fresh,
    ignored: [...candidates.values()].filter(({ at }) => at < horizon).map(({ id }) => id),
    applied: keep(all),
    failures: Object.fromEntries(
      Object.entries({ ...failures, ...failed })
        .sort(([a, aAt], [b, bAt]) => bAt - aAt || (a < b ? -1 : 1))
        .slice(0, failuresKept),
    ),
  }
}

function timesOf(events: readonly SignalEvent[]): Record<string, number> {
  return Object.fromEntries(events.map(({ id, at }) => [id, at]))
}

function newest(times: Readonly<Record<string, number>>): number {
  return Math.max(-Infinity, ...Object.values(times))
}

/** From when on what was applied is remembered. */
function horizonOf(applied: Readonly<Record<string, number>>): number {
  const times = Object.values(applied)
  const inMemory = newest(applied) - memoryMilliseconds
  return times.length < remembered ? inMemory : Math.max(inMemory, Math.min(...times) + 1)
}

function keep(times: Readonly<Record<string, number>>): Record<string, number> {
  const horizon = newest(times) - memoryMilliseconds
  return Object.fromEntries(
    Object.entries(times)
      .filter(([, at]) => at >= horizon)
      .sort(([, a], [, b]) => b - a)
      .slice(0, remembered)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}
