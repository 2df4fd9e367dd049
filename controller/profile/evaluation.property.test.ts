import test from 'ava'
import fc from 'fast-check'
import { type Evaluation, evaluate } from './evaluation.ts'
import { evaluationState, type Facts, initialState, type SignalEvent } from './facts.ts'
import { readProfile } from './service-profile.ts'

const start = Date.UTC(2026, 2, 28, 20)
const minute = 60e3

const { conditions } = readProfile(
  {
    name: 'gold',
    class: { downlink: { rate: '20mbit' } },
    conditions: [
      { when: { translation: { event: 'rule-changed' } }, become: 'a', until: '30m' },
      { when: { authentication: { failures: 2, within: '10m' } }, become: 'b', until: '15m' },
      { when: { authentication: { failures: 3, within: '20m' } }, become: 'c' },
      { when: { authentication: { secondLocation: true } }, become: 'd', until: 'session-end' },
      {
        when: { network: { utilization: '90%', for: '2m', clearBelow: '60%', clearAfter: '3m' } },
        set: { class: { downlink: { rate: '10mbit' } } },
      },
      { when: { network: { down: true } }, become: 'e', until: '7m' },
      {
        when: {
          all: [
            { translation: { event: 'mapping-created' } },
            { not: { clock: { from: '23:00', to: '03:30', timeZone: 'Europe/Berlin' } } },
          ],
        },
        set: { filters: [] },
      },
      {
        when: {
          any: [
            { volume: { exceeds: '1MB', direction: 'both', per: 'day' } },
            { time: { exceeds: '90m', per: 'day' } },
          ],
        },
        become: 'f',
        until: 'next-day',
      },
      {
        when: { all: [{ location: { domain: 'a' } }, { time: { exceeds: '2h', per: 'session' } }] },
        become: 'g',
      },
      { when: { translation: { event: 'pool-above', above: '80%', clearBelow: '50%' } }, become: 'h' },
      { when: { balance: { below: 3 } }, become: 'i' },
    ],
  },
  'the test',
)

/** What the world is like at one look. */
const world = fc.record<Omit<Facts, 'events'>>({
  timeZone: fc.constantFrom('Europe/Berlin', 'UTC'),
  session: fc.option(
    fc.record({
      id: fc.constantFrom('s1', 's2'),
      startedAt: fc.constantFrom(start - 60 * minute, start),
      authenticatedUntil: fc.constant(start + 100 * minute),
      domain: fc.constantFrom('a', 'b'),
    }),
    { nil: undefined },
  ),
  usage: fc
    .record({
      downlinkBytes: fc.nat(1_500_000),
      uplinkBytes: fc.nat(1000),
      connectedMilliseconds: fc.nat(100 * minute),
    })
    .map((counted) => ({ at: start, session: counted, day: counted, month: counted })),
  balance: fc.option(fc.nat(6), { nil: undefined }),
  links: fc
    .record({
      at: fc.constant(start),
      up: fc.boolean(),
      utilization: fc.double({ min: 0, max: 1, noNaN: true }),
      dropsPerSecond: fc.constant(0),
    })
    .map((link) => ({ 'fa-a1/access': link })),
  translation: fc.option(
    fc.record({ mappings: fc.nat(2), poolUsed: fc.double({ min: 0, max: 1, noNaN: true }) }),
    { nil: undefined },
  ),
})

const kinds = [
  'authentication-failure',
  'second-location',
  'mapping-created',
  'mapping-removed',
  'rule-changed',
] as const
function eventsOf(happened: readonly (readonly [number, (typeof kinds)[number]])[]): SignalEvent[] {
  return happened.map(([at, kind], index) => ({
    id: `e${index}`,
    at: start + at * minute,
    kind,
    foreignAgent: 'fa-b1',
  }))
}
const happened = (latestMinute: number) =>
  fc.array(fc.tuple(fc.nat(latestMinute), fc.constantFrom(...kinds)), { maxLength: 12 }).map(eventsOf)

/** Looks in the order of time, with the events that have come by then. */
const looks = fc.tuple(
  fc.array(fc.tuple(fc.nat(20 * minute), world), { minLength: 1, maxLength: 10 }),
  happened(50),
)
type Looks = typeof looks extends fc.Arbitrary<infer Value> ? Value : never

/** @param disturb does to each call's events and state what must not matter */
function run(
  [steps, events]: Looks,
  disturb: (events: SignalEvent[], past: SignalEvent[]) => SignalEvent[] = (events) => events,
  keep: (state: Evaluation['state']) => Evaluation['state'] = (state) => state,
): Evaluation[] {
  let [state, now, before] = [initialState, start, Number.NEGATIVE_INFINITY]
  return steps.map(([pause, facts]) => {
    now += pause
    const news = events.filter(({ at }) => before < at && at <= now)
    const past = events.filter(({ at }) => at <= before)
    const result = evaluate({ conditions, facts: { ...facts, events: disturb(news, past) }, state, now })
    before = now
    state = keep(result.state)
    return result
  })
}

test('the same inputs give the same result, and inputs are left as they are', (t) => {
  fc.assert(fc.property(looks, (looks) => t.deepEqual(run(looks), run(structuredClone(looks)))))
})

test('a state written and read back, events that come again and in another order change nothing', (t) => {
  fc.assert(
    fc.property(looks, fc.boolean(), (looks, reverse) => {
      const disturbed = run(
        looks,
        (events, past) => {
          const all = [...events, ...past.filter(({ at }) => at > start), ...events]
          return reverse ? all.reverse() : all
        },
        (state) => evaluationState.parse(JSON.parse(JSON.stringify(state))),
      )
      t.deepEqual(
        disturbed.map(({ ignored, ...rest }) => rest),
        run(looks).map(({ ignored, ...rest }) => rest),
      )
    }),
  )
})

test('the order of arrival within the same time does not matter, whatever comes together', (t) => {
  const sameTime = fc
    .array(fc.constantFrom(...kinds), { maxLength: 8 })
    .map((all) => eventsOf(all.map((kind) => [5, kind])))
  const arrival = sameTime.chain((events) =>
    fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
  )
  fc.assert(
    fc.property(world, arrival, (facts, [events, shuffled]) => {
      const now = start + 5 * minute
      const standing = {
        ...facts,
        session: { id: 's1', startedAt: start, authenticatedUntil: now * 2, domain: 'a' },
        translation: { mappings: 1, poolUsed: 0 },
      }
      const together = evaluate({ conditions, facts: { ...standing, events }, state: initialState, now })
      let state = initialState
      for (const event of shuffled)
        state = evaluate({ conditions, facts: { ...standing, events: [event] }, state, now }).state
      t.deepEqual(
        evaluate({ conditions, facts: { ...standing, events: [] }, state, now }).active,
        together.active,
      )
    }),
  )
})

test('no event is lost or counts twice: each sets its time, as the obvious model says', (t) => {
  /** Each event met the condition from its time for so long; of failures each that completes the number. */
  const model = (events: readonly SignalEvent[], now: number) => {
    const times = (kind: SignalEvent['kind']) =>
      events.filter((event) => event.kind === kind).map(({ at }) => at)
    const failures = times('authentication-failure')
    const completed = failures.filter(
      (at) => failures.filter((other) => at - 10 * minute < other && other <= at).length >= 2,
    )
    return {
      a: times('rule-changed').some((at) => at <= now && now < at + 30 * minute),
      b: completed.some((at) => at <= now && now < at + 15 * minute),
    }
  }
  const arrival = happened(50).chain((events) =>
    fc.tuple(
      fc.array(fc.constantFrom(...(events.length > 0 ? events : eventsOf([[0, 'rule-changed']]))), {
        maxLength: 20,
      }),
      fc.array(fc.nat(2 * minute), { minLength: 20, maxLength: 20 }),
    ),
  )
  const { timeZone, ...quiet }: Facts = { timeZone: 'UTC', events: [] }
  fc.assert(
    fc.property(arrival, ([arriving, pauses]) => {
      let [state, now] = [initialState, start + 50 * minute]
      for (const [index, event] of arriving.entries()) {
        now += pauses[index] ?? 0
        const result = evaluate({ conditions, facts: { timeZone, ...quiet, events: [event] }, state, now })
        state = evaluationState.parse(JSON.parse(JSON.stringify(result.state)))
        const met = new Set(result.active.map(({ index }) => index))
        t.deepEqual({ a: met.has(0), b: met.has(1) }, model([...new Set(arriving.slice(0, index + 1))], now))
      }
    }),
  )
})

test('no flapping: in the band nothing changes, and a change takes its time', (t) => {
  const busy = conditions.slice(4, 5)
  const value = (min: number, max: number) => fc.double({ min, max, maxExcluded: true, noNaN: true })
  const samples = (utilization: fc.Arbitrary<number>) =>
    fc.array(fc.tuple(fc.integer({ min: 1, max: 5 * minute }), utilization))
  const changesOf = (steps: readonly (readonly [number, number])[]) => {
    let [state, now] = [initialState, start]
    return steps.flatMap(([pause, utilization]) => {
      now += pause
      const links = { 'fa-a1/access': { at: now, up: true, utilization, dropsPerSecond: 0 } }
      const result = evaluate({ conditions: busy, facts: { timeZone: 'UTC', links, events: [] }, state, now })
      state = result.state
      return result.changes
    })
  }
  fc.assert(
    fc.property(samples(value(0.9, 1)), samples(value(0.6, 0.9)), (high, band) => {
      const changes = changesOf([...high, ...band])
      t.true(changes.length <= 1)
      t.true(changes.every(({ kind }) => kind === 'met'))
    }),
  )
  fc.assert(
    fc.property(samples(value(0, 1)), (steps) => {
      const changes = changesOf(steps)
      for (const [index, { at, kind }] of changes.entries()) {
        t.is(kind, index % 2 === 0 ? 'met' : 'over')
        t.true(at - (changes[index - 1]?.at ?? start) >= (kind === 'met' ? 2 : 3) * minute)
      }
    }),
  )
})

test('an end never moves back while the condition is met', (t) => {
  fc.assert(
    fc.property(looks, (looks) => {
      const ends = new Map<string, number>()
      for (const { active } of run(looks))
        for (const { key, since, until = Infinity } of active) {
          t.true(until >= (ends.get(`${key} ${since}`) ?? 0))
          ends.set(`${key} ${since}`, until)
        }
    }),
  )
})

test('nothing changes by itself before wakeAt', (t) => {
  fc.assert(
    fc.property(looks, fc.double({ min: 0, max: 0.99, noNaN: true }), (looks, part) => {
      const last = run(looks).at(-1)
      const facts = looks[0].at(-1)?.[1]
      if (!last || !facts) return
      const now = looks[0].reduce((sum, [pause]) => sum + pause, start)
      t.true((last.wakeAt ?? Infinity) > now)
      const end = Math.min(last.wakeAt ?? Infinity, now + 48 * 60 * minute)
      const before = Math.floor(now + (end - now) * part)
      const look = evaluate({ conditions, facts: { ...facts, events: [] }, state: last.state, now: before })
      t.deepEqual(look.changes, [])
      t.deepEqual(look.active, last.active)
    }),
  )
})

test('changes and what is active agree', (t) => {
  fc.assert(
    fc.property(looks, (looks) => {
      const met = new Set<string>()
      for (const { changes, active } of run(looks)) {
        for (const { key, kind } of changes) {
          t.is(met.has(key), kind === 'over')
          if (kind === 'met') met.add(key)
          else met.delete(key)
        }
        t.deepEqual(active.map(({ key }) => key).sort(), [...met].sort())
      }
    }),
  )
})
