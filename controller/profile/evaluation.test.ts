import test from 'ava'
import { conditionLayers } from './condition-layers.ts'
import { evaluate } from './evaluation.ts'
import { initialState, type SignalEvent } from './facts.ts'
import { away, conditionsOf, event, hours, quiet, start } from './sample-facts.ts'
import { readProfile } from './service-profile.ts'

const base = { filters: [], flows: [], translation: undefined }

test('an end moves on with every event, and not with a look', (t) => {
  const conditions = conditionsOf({
    when: { translation: { event: 'rule-changed' } },
    become: 'x',
    until: '10m',
  })
  const first = evaluate({
    conditions,
    facts: { ...quiet, events: [event(0, 'rule-changed')] },
    state: initialState,
    now: start,
  })
  t.is(first.wakeAt, start + 600e3)
  const second = evaluate({
    conditions,
    facts: { ...quiet, events: [event(5e3, 'rule-changed')] },
    state: first.state,
    now: start + 9e3,
  })
  t.like(second.active[0], { since: start, until: start + 605e3 })
  t.deepEqual(second.changes, [])
})

test('what was met and over between two looks is told in the order of time', (t) => {
  const conditions = conditionsOf({
    name: 'it',
    when: { translation: { event: 'rule-changed' } },
    become: 'x',
    until: '1s',
  })
  const events = [event(0, 'rule-changed'), event(5e3, 'rule-changed')]
  const { changes, active } = evaluate({
    conditions,
    facts: { ...quiet, events },
    state: initialState,
    now: start + 9e3,
  })
  t.deepEqual(
    changes.map(({ at, kind }) => `${at - start} ${kind}`),
    ['0 met', '1000 over', '5000 met', '6000 over'],
  )
  t.deepEqual(active, [])
})

test('a condition that an edit took away is over, one that keeps its name goes on', (t) => {
  const before = conditionsOf(
    { name: 'kept', when: { balance: { below: 5 } }, become: 'x' },
    { when: { balance: { below: 4 } }, become: 'x' },
  )
  const facts = { ...quiet, balance: 1 }
  const { state } = evaluate({ conditions: before, facts, state: initialState, now: start })
  const after = conditionsOf({ name: 'kept', when: { balance: { below: 3 } }, become: 'y' })
  const { active, changes } = evaluate({ conditions: after, facts, state, now: start + 5 })
  t.like(active, { length: 1, 0: { key: 'kept', since: start } })
  t.deepEqual(
    changes.map(({ key, kind }) => [key, kind]),
    [['{"balance":{"below":4}}', 'over']],
  )
})

test('names of conditions and events may be those of properties that every object has', (t) => {
  const conditions = conditionsOf({
    name: 'constructor',
    when: { translation: { event: 'rule-changed' } },
    become: 'x',
    until: '1d',
  })
  const events: SignalEvent[] = [{ id: 'constructor', at: start, kind: 'rule-changed' }]
  const { active } = evaluate({ conditions, facts: { ...quiet, events }, state: initialState, now: start })
  t.like(active, { length: 1, 0: { key: 'constructor', event: 'constructor' } })
})

test('a request beyond the grant is answered by the first condition that it meets', (t) => {
  const request = (id: string, beyondGrant = true): SignalEvent => ({
    id,
    at: start,
    kind: 'authorization-request',
    requested: { 'class.downlink.rate': 30e6 },
    beyondGrant,
  })
  const beyond = { authorization: { requested: 'beyond-grant' } }
  const night = { clock: { from: '22:00', to: '06:00', timeZone: 'UTC' } }
  const conditions = conditionsOf(
    { when: { all: [beyond, night] }, become: 'refuse' },
    { name: 'paid', when: beyond, become: 'charge' },
  )
  const facts = { ...quiet, events: [request('r1'), request('r2', false)] }
  const first = evaluate({ conditions, facts, state: initialState, now: start })
  t.deepEqual(first.answers, [{ event: 'r1', condition: 'paid', outcome: 'charge' }])
  const again = evaluate({ conditions, facts, state: first.state, now: start })
  t.deepEqual(again, { ...first, changes: [] })
  t.deepEqual(conditionLayers(conditions, again.active, new Map(), base).entries[0]?.fields, {
    'class.downlink.rate': 30e6,
  })
})

test('an event that comes more than an hour after later ones is ignored, and named', (t) => {
  const conditions = conditionsOf({
    when: { translation: { event: 'rule-changed' } },
    become: 'x',
    until: '1d',
  })
  const { state } = evaluate({
    conditions,
    facts: { ...quiet, events: [event(2 * hours, 'rule-changed')] },
    state: initialState,
    now: start + 2 * hours,
  })
  const late = event(hours - 1, 'rule-changed')
  const result = evaluate({ conditions, facts: { ...quiet, events: [late] }, state, now: start + 2 * hours })
  t.deepEqual(result.ignored, [late.id])
  t.deepEqual(result.changes, [])
})

test('layers: a profile in whole, a set in part, and a profile that is missing', (t) => {
  const conditions = conditionsOf(
    { when: { balance: { below: 1 } }, become: 'bronze' },
    { name: 'throttle', when: { balance: { below: 2 } }, set: { class: { downlink: { rate: '1mbit' } } } },
    { when: { balance: { below: 3 } }, become: 'gone' },
    { when: { balance: { below: -1 } }, become: 'bronze' },
  )
  const { active } = evaluate({
    conditions,
    facts: { ...quiet, ...away, balance: 0 },
    state: initialState,
    now: start,
  })
  const bronze = readProfile({ name: 'bronze', class: { downlink: { rate: '4mbit' } } }, 'bronze')
  const { entries, missing } = conditionLayers(conditions, active, new Map([['bronze', bronze]]), base)
  t.like(entries, {
    length: 2,
    0: { source: 'bronze', reason: 'balance below 1', fields: { name: 'bronze', 'class.dscp': null } },
    1: { source: 'throttle', fields: { 'class.downlink.rate': 1e6 }, since: start },
  })
  t.deepEqual(missing, ['gone'])
})
