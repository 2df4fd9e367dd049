/**
 * Which control conditions are met, over time. Pure: all that is remembered is in the state, which survives JSON, so
 * the same facts give the same result wherever and however often they are evaluated. Each event counts once.
 */
import { takeCourse } from './condition-course.ts'
import { type ControlCondition, conditionKeys, isAnswer } from './control-condition.ts'
import { admitEvents } from './event-admission.ts'
import type { EvaluationState, Facts, Met, SignalEvent } from './facts.ts'
import type { Fields } from './field.ts'
import { heeds, judge } from './judge.ts'

export interface Evaluation {
  /** To be stored in the transaction in which the events are taken from their queue. */
  state: EvaluationState
  /** In the order of the list. */
  active: Active[]
  /** What has changed since the state that was given, in the order of time. */
  changes: Change[]
  /** To every request beyond the grant that a condition decides; without an answer it is to be refused. */
  answers: Answer[]
  /** Ids of events that came more than an hour after later ones: they are not applied. */
  ignored: string[]
  /** When it can be different though no fact changes: evaluate again then. Absent: never. */
  wakeAt?: number
}

export interface Active {
  /** Tells the condition from the others, over edits of the profile. */
  key: string
  index: number
  since: number
  /** When it ends whatever happens; absent: that depends on facts. */
  until?: number
  reason: string
  /** Id of the newest event that met it. */
  event?: string
  /** What the request asked for that met it. */
  requested?: Fields
}

export interface Change {
  key: string
  /** Milliseconds since 1970. */
  at: number
  kind: 'met' | 'over'
  reason: string
}

export interface Answer {
  event: string
  condition: string
  outcome: 'refuse' | 'charge' | 'upgrade'
}

/** @param now milliseconds since 1970 */
export function evaluate({
  conditions,
  facts,
  state,
  now,
}: {
  conditions: readonly ControlCondition[]
  facts: Facts
  state: EvaluationState
  now: number
}): Evaluation {
  const admitted = admitEvents(state, facts.events, now)
  const keys = conditionKeys(conditions)
  const known = new Map(Object.entries(state.conditions))
  const courses = conditions.map((condition, index) => {
    const key = keys[index] ?? ''
    const before = known.get(key) ?? { bands: {}, standing: {} }
    return {
      key,
      index,
      ...takeCourse(condition, before, { facts, failures: admitted.failures }, admitted, now),
    }
  })
  const gone = [...known].filter(([key, { met }]) => met && !keys.includes(key))
  const changes = [
    ...gone.map(([key]) => ({ key, at: now, kind: 'over' as const, reason: 'the condition is gone' })),
    ...courses.flatMap(({ key, changes }) => changes.map((change) => ({ key, ...change }))),
  ]
  const wakeAt = Math.min(...courses.map((course) => course.wakeAt))
  return {
    state: {
      applied: admitted.applied,
      failures: admitted.failures,
      conditions: Object.fromEntries(courses.map(({ key, state }) => [key, state])),
    },
    active: courses.flatMap(({ key, index, state: { met } }) => (met ? [activeOf(key, index, met)] : [])),
    changes: changes.sort((a, b) => a.at - b.at),
    answers: facts.events.flatMap((event) => answerTo(event, conditions, keys, facts, admitted.failures)),
    ignored: admitted.ignored,
    ...(wakeAt < Infinity && { wakeAt }),
  }
}

function activeOf(key: string, index: number, { since, until, reason, event, requested }: Met): Active {
  return {
    key,
    index,
    since,
    reason,
    ...(until !== undefined && { until }),
    ...(event && { event: event.id }),
    ...(requested && { requested }),
  }
}

/** The first condition that the request meets decides, whether the event was applied before or not. */
function answerTo(
  event: SignalEvent,
  conditions: readonly ControlCondition[],
  keys: readonly string[],
  facts: Facts,
  failures: EvaluationState['failures'],
): Answer[] {
  if (event.kind !== 'authorization-request') return []
  const look = { facts, failures, state: { bands: {}, standing: {} }, at: event.at, event }
  const index = conditions.findIndex(({ when }) => heeds(when, event.kind) && judge(when, look).starts)
  const condition = conditions[index]
  if (!condition) return []
  const outcome = isAnswer(condition) ? condition.become : 'upgrade'
  return [{ event: event.id, condition: keys[index] ?? '', outcome }]
}
