import test from 'ava'
import { identificationSeconds, timestampIdentification } from '#wire/mobile-ip/identification.ts'
import { noRegistrationFlags, type RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import {
  decideRegistration,
  type RegistrationCircumstances,
  type RegistrationDecision,
} from './registration.ts'

const now = Date.UTC(2026, 0, 1)

const request: RegistrationRequest = {
  type: 'registration-request',
  flags: noRegistrationFlags,
  lifetimeSeconds: 600,
  homeAddress: '192.0.2.11',
  homeAgent: '192.0.2.1',
  careOfAddress: '10.1.1.2',
  identification: timestampIdentification(now, 1000),
  extensions: [],
}
const circumstances: RegistrationCircumstances = {
  homeAgent: '192.0.2.1',
  nowMilliseconds: now,
  lastIdentification: timestampIdentification(now - 60_000, 0),
  boundCareOfAddress: undefined,
  maximumLifetimeSeconds: 1800,
}

function describe(decision: RegistrationDecision): string {
  switch (decision.verdict) {
    case 'registered':
      return `${decision.code} for ${decision.lifetimeSeconds}`
    case 'deregistered':
      return `0, ${decision.scope} removed`
    case 'denied':
      return `denied with ${decision.code}`
  }
}

const at = (seconds: number, low = 1000) => timestampIdentification(now + seconds * 1000, low)
const flags = (set: Partial<typeof noRegistrationFlags>) => ({ flags: { ...noRegistrationFlags, ...set } })

type Row = [
  name: string,
  changed: Partial<RegistrationRequest>,
  around: Partial<RegistrationCircumstances>,
  expected: string,
]
const rows: Row[] = [
  ['an ordinary request', {}, {}, '0 for 600'],
  ['the first request of a node', {}, { lastIdentification: undefined }, '0 for 600'],
  ['more than the agent grants', { lifetimeSeconds: 6000 }, {}, '0 for 1800'],
  ['more than is authorized', {}, { maximumLifetimeSeconds: 59.7 }, '0 for 59'],
  ['after the authorization', {}, { maximumLifetimeSeconds: 0.9 }, 'denied with 129'],
  ['simultaneous bindings', flags({ simultaneousBindings: true }), {}, '1 for 600'],
  ['a clock 7 s ahead', { identification: at(7) }, {}, '0 for 600'],
  ['a clock 8 s ahead', { identification: at(8) }, {}, 'denied with 133'],
  ['a clock 7 s behind', { identification: at(-7) }, {}, '0 for 600'],
  ['a clock 8 s behind', { identification: at(-8) }, {}, 'denied with 133'],
  ['the same identification again', {}, { lastIdentification: at(0) }, 'denied with 133'],
  [
    'an older identification',
    { identification: at(0, 999) },
    { lastIdentification: at(0) },
    'denied with 133',
  ],
  [
    'a newer one within the second',
    { identification: at(0, 1001) },
    { lastIdentification: at(0) },
    '0 for 600',
  ],
  ['another home agent', { homeAgent: '192.0.2.2' }, {}, 'denied with 136'],
  ['the r bit', flags({ reservedR: true }), {}, 'denied with 134'],
  ['the x bit', flags({ reservedX: true }), {}, 'denied with 134'],
  ['minimal encapsulation', flags({ minimalEncapsulation: true }), {}, 'denied with 139'],
  ['GRE', flags({ gre: true }), {}, 'denied with 139'],
  ['a reverse tunnel', flags({ reverseTunnelling: true }), {}, 'denied with 137'],
  ['the bound care-of address again', {}, { boundCareOfAddress: '10.1.1.2' }, '0 for 600'],
  ['a move without the home server', {}, { boundCareOfAddress: '10.1.2.2' }, 'denied with 129'],
  ['one binding taken back', { lifetimeSeconds: 0 }, {}, '0, care-of-address removed'],
  [
    'all taken back',
    { lifetimeSeconds: 0, careOfAddress: '192.0.2.11' },
    { boundCareOfAddress: '10.1.2.2' },
    '0, all removed',
  ],
  [
    'taken back after the authorization',
    { lifetimeSeconds: 0 },
    { maximumLifetimeSeconds: 0 },
    '0, care-of-address removed',
  ],
  [
    'a replay, however else it is wrong',
    { ...flags({ gre: true }), identification: at(-60) },
    {},
    'denied with 133',
  ],
]

for (const [name, changed, around, expected] of rows)
  test(`${name}: ${expected}`, (t) => {
    t.is(describe(decideRegistration({ ...request, ...changed }, { ...circumstances, ...around })), expected)
  })

test('a mismatch tells the node the agent’s clock, every other reply copies the identification', (t) => {
  const late = { ...request, identification: at(-3600, 77) }
  const decision = decideRegistration(late, circumstances)
  t.is(identificationSeconds(decision.identification), now / 1000)
  t.is(decision.identification & 0xffff_ffffn, 77n)
  t.is(decideRegistration(request, circumstances).identification, request.identification)
  t.is(
    decideRegistration({ ...request, ...flags({ gre: true }) }, circumstances).identification,
    request.identification,
  )
})
