/** One condition in the course of time: when it becomes met, how long it stays so, when it is over. */
import { startOfNext } from './clock-window.ts'
import { type ControlCondition, isAnswer, type Until } from './control-condition.ts'
import { describeTrigger } from './describe-trigger.ts'
import type { Admitted } from './event-admission.ts'
import type { ConditionState, Facts, Met, SignalEvent } from './facts.ts'
import { heeds, judge, type Look } from './judge.ts'

/** `at`: milliseconds since 1970. */
export interface CourseChange {
  at: number
  kind: 'met' | 'over'
  reason: string
}

interface Step {
  state: ConditionState
  changes: CourseChange[]
}

type Circumstances = Pick<Look, 'facts' | 'failures'>

/**
 * First the events, each at its time, then how things are at `now`. `wakeAt`: when that can be different by itself;
 * Infinity: never.
 */
export function takeCourse(
  condition: ControlCondition,
  before: ConditionState,
  circumstances: Circumstances,
  { fresh }: Admitted,
  now: number,
): Step & { wakeAt: number } {
  const changes: CourseChange[] = []
  let state = before
  for (const event of fresh.filter(({ kind }) => heeds(condition.when, kind)))
    for (const instant of instantsOf(event, circumstances.failures, now)) {
      const step = happen(condition, state, { ...circumstances, state, at: instant.at, event: instant })
      state = step.state
      changes.push(...step.changes)
    }
  const last = look(condition, state, { ...circumstances, state, at: now })
  return { ...last, changes: [...changes, ...last.changes] }
}

/**
 * The event at its time. A failure that is told late can complete the number at the time of a later one; of several
 * at one time the greatest id stands for all.
 */
function instantsOf(event: SignalEvent, failures: Look['failures'], now: number): SignalEvent[] {
  if (event.kind !== 'authentication-failure') return [event]
  return Object.entries(failures)
    .filter(([, at]) => event.at <= at && at <= now)
    .sort(([a, aAt], [b, bAt]) => aAt - bAt || (a < b ? -1 : 1))
    .filter(([, at], index, all) => at !== all[index + 1]?.[1])
    .map(([id, at]) => ({ ...event, id, at }))
}

/** An event makes a condition met, or stay so for longer; it ends none. */
function happen(
  condition: ControlCondition,
  state: ConditionState,
  look: Look & { event: SignalEvent },
): Step {
  const { at, event, facts } = look
  const { starts, standing } = judge(condition.when, look)
  const next = { ...state, standing: { ...state.standing, ...standing } }
  if (!starts || answersOnly(condition)) return { state: next, changes: [] }

  const reason = describeTrigger(condition.when)
  const ended = state.met?.until !== undefined && state.met.until <= at
  const running = ended ? undefined : state.met
  const until = later(running?.until, endOf(condition.until, at, facts))
  const newest = isNewer(event, running?.event)
  const session = running?.session ?? facts.session?.id
  const met: Met = {
    since: running?.since ?? at,
    ...(until !== undefined && { until }),
    ...(session !== undefined && { session }),
    event: newest || !running?.event ? { id: event.id, at: event.at } : running.event,
    reason,
    ...requestedBy(event, newest, running),
  }
  const over =
    ended && state.met ? [{ at: state.met.until ?? at, kind: 'over' as const, reason: state.met.reason }] : []
  return { state: { ...next, met }, changes: running ? [] : [...over, { at, kind: 'met', reason }] }
}

/** `refuse` is an answer and nothing else. */
function answersOnly(condition: ControlCondition): boolean {
  return isAnswer(condition) && condition.become === 'refuse'
}

function requestedBy(event: SignalEvent, newest: boolean, running: Met | undefined): Pick<Met, 'requested'> {
  if (event.kind === 'authorization-request' && newest) return { requested: event.requested }
  return running?.requested ? { requested: running.requested } : {}
}

function isNewer(event: SignalEvent, than: Met['event']): boolean {
  return than === undefined || event.at > than.at || (event.at === than.at && event.id > than.id)
}

/** How things are now: what has run out is over, what holds becomes met. */
function look(condition: ControlCondition, state: ConditionState, at: Look): Step & { wakeAt: number } {
  const { facts, at: now } = at
  const { starts, stays, standing, bands, changesAt } = judge(condition.when, at)
  const reason = describeTrigger(condition.when)
  const begin = (since: number): Met => {
    const until = endOf(condition.until, now, facts)
    return {
      since,
      ...(until !== undefined && { until }),
      ...(facts.session && { session: facts.session.id }),
      reason,
    }
  }
  const done = (met: Met | undefined, changes: CourseChange[]) => ({
    state: { bands, standing, ...(met && { met }) },
    changes,
    wakeAt: Math.min(changesAt, met?.until ?? Infinity),
  })
  const met = withEnd(condition.until, state.met, facts)
  if (!met) return starts ? done(begin(now), [{ at: now, kind: 'met', reason }]) : done(undefined, [])
  if (!isOver(condition.until, met, facts, stays, now)) return done(met, [])
  if (starts) return done({ ...met, ...begin(met.since) }, [])
  return done(undefined, [{ at: Math.min(met.until ?? now, now), kind: 'over', reason: met.reason }])
}

/** What is met, with the end that the condition has now, and the session if it began without one. */
function withEnd(until: Until, met: Met | undefined, facts: Facts): Met | undefined {
  if (!met) return undefined
  const { until: old, session = facts.session?.id, ...rest } = met
  const end = endOf(until, met.since, facts)
  const kept = end === undefined ? undefined : (old ?? end)
  return { ...rest, ...(session !== undefined && { session }), ...(kept !== undefined && { until: kept }) }
}

function isOver(until: Until, met: Met, facts: Facts, stays: boolean, now: number): boolean {
  if (until === 'cleared') return !stays
  if (until === 'session-end') return met.session !== undefined && met.session !== facts.session?.id
  return met.until !== undefined && now >= met.until
}

/** Undefined: it depends on facts. */
function endOf(until: Until, at: number, { timeZone }: Facts): number | undefined {
  if (typeof until === 'object') return at + until.milliseconds
  switch (until) {
    case 'cleared':
    case 'session-end':
      return undefined
    case 'next-day':
      return startOfNext('day', at, timeZone)
    case 'next-month':
      return startOfNext('month', at, timeZone)
  }
}

function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b)
}
