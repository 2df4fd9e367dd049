/** For the tests: one subscriber who is connected, and what happens to him. Times are relative to `start`. */
import type { ControlCondition } from './control-condition.ts'
import type { Facts, SignalEvent } from './facts.ts'
import { readProfile } from './service-profile.ts'

export const start = Date.UTC(2026, 5, 5, 10)
export const hours = 3600e3
export const openSession = {
  id: 's1',
  startedAt: start,
  authenticatedUntil: start + 8 * hours,
  domain: 'a.example',
  foreignAgent: 'fa-a1.a.example',
}
export const quiet: Facts = { timeZone: 'Europe/Berlin', session: openSession, events: [] }
export const away = { session: undefined }

export function conditionsOf(...documents: object[]): ControlCondition[] {
  const profile = { name: 'gold', class: { downlink: { rate: '20mbit' } }, conditions: documents }
  return readProfile(profile, 'the test').conditions
}

let lastId = 0
export function event(
  at: number,
  kind: 'authentication-failure' | 'mapping-created' | 'mapping-removed' | 'rule-changed',
): SignalEvent {
  lastId++
  return { id: `e${lastId}`, at: start + at, kind }
}
export const failed = (at: number) => event(at, 'authentication-failure')
export const secondLocation = (at: number): SignalEvent => ({
  id: `second-${at}`,
  at: start + at,
  kind: 'second-location',
  foreignAgent: 'fa-b1',
})
