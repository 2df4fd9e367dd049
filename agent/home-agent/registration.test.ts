import test from 'ava'
import type { Extension } from '#wire/mobile-ip/extension.ts'
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
  policy: { reverseTunnelling: 'optional', gre: true },
  nowMilliseconds: now,
  replay: { method: 'timestamps', last: timestampIdentification(now - 60_000, 0) },
  foreignAgentFailed: false,
  nodeSource: undefined,
  heldCareOfAddresses: ['10.1.1.2'],
  authorizesMove: true,
  homeAddress: '192.0.2.11',
  homeAddressIsFree: true,
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

const last = (identification: bigint | undefined) =>
  ({ replay: { method: 'timestamps', last: identification } }) as const
const policy = (changes: Partial<RegistrationCircumstances['policy']>) => ({
  policy: { ...circumstances.policy, ...changes },
})
const proof = { kind: 'mobile-home-authentication', spi: 300, authenticator: Buffer.alloc(16) } as const
/** In this order; what is behind the proof is the foreign agent's. */
const extensions = (...of: Extension[]) => ({
  extensions: of.map((extension, place) => ({ ...extension, offset: place, end: place + 1 })),
})
const name: Extension = { kind: 'mobile-node-nai', nai: 'mn1@home.example' }
const critical: Extension = { kind: 'critical-vendor', vendorId: 9, vendorType: 1, value: Buffer.alloc(0) }
const udp = (encapsulation = 0, forced = false): Extension => ({
  kind: 'udp-tunnel-request',
  flags: { forced, registrationRequired: false },
  encapsulation,
})
const coLocated = flags({ decapsulationByMobileNode: true })
const three = ['10.1.2.2', '10.1.3.2', '10.1.4.2']
const anyHomeAgent = { homeAgent: '255.255.255.255' }

type Row = [
  name: string,
  changed: Partial<RegistrationRequest>,
  around: Partial<RegistrationCircumstances>,
  expected: string,
]
const rows: Row[] = [
  ['an ordinary request', {}, {}, '0 for 600'],
  ['the first request of a node', {}, last(undefined), '0 for 600'],
  ['more than the agent grants', { lifetimeSeconds: 6000 }, {}, '0 for 1800'],
  ['more than is authorized', {}, { maximumLifetimeSeconds: 59.7 }, '0 for 59'],
  ['after the authorization', {}, { maximumLifetimeSeconds: 0.9 }, 'denied with 129'],
  ['a clock 7 s ahead', { identification: at(7) }, {}, '0 for 600'],
  ['a clock 8 s ahead', { identification: at(8) }, {}, 'denied with 133'],
  ['a clock 7 s behind', { identification: at(-7) }, {}, '0 for 600'],
  ['a clock 8 s behind', { identification: at(-8) }, {}, 'denied with 133'],
  ['the same identification again', {}, last(at(0)), 'denied with 133'],
  ['an older identification', { identification: at(0, 999) }, last(at(0)), 'denied with 133'],
  ['a newer one within the second', { identification: at(0, 1001) }, last(at(0)), '0 for 600'],
  ['a foreign agent without its proof', {}, { foreignAgentFailed: true }, 'denied with 132'],
  [
    'a deregistration, to which foreign agents add no proof',
    { lifetimeSeconds: 0 },
    { foreignAgentFailed: true },
    '0, care-of-address removed',
  ],
  ['another home agent', { homeAgent: '192.0.2.2' }, {}, 'denied with 136'],
  ['any home agent', { ...anyHomeAgent, ...extensions(name, proof) }, {}, '0 for 600'],
  ['no home agent yet', { homeAgent: '0.0.0.0', ...extensions(name, proof) }, {}, '0 for 600'],
  ['any home agent, for a node without a name', anyHomeAgent, {}, 'denied with 134'],
  [
    'this home agent by its extension',
    { ...anyHomeAgent, ...extensions(name, { kind: 'requested-home-agent', homeAgent: '192.0.2.1' }) },
    {},
    '0 for 600',
  ],
  [
    'another home agent by its extension',
    { ...anyHomeAgent, ...extensions(name, { kind: 'requested-home-agent', homeAgent: '192.0.2.2' }) },
    {},
    'denied with 136',
  ],
  ['a critical vendor extension of the node', extensions(critical, proof), {}, 'denied with 140'],
  ['a critical vendor extension of the foreign agent', extensions(proof, critical), {}, 'denied with 141'],
  ['no home address, no name', { homeAddress: '0.0.0.0' }, {}, 'denied with 134'],
  ['the r bit', flags({ reservedR: true }), {}, 'denied with 134'],
  ['the x bit', flags({ reservedX: true }), {}, 'denied with 134'],
  ['the care-of address of nobody', { careOfAddress: '0.0.0.0' }, {}, 'denied with 134'],
  ['the care-of address of a group', { careOfAddress: '224.0.0.11' }, {}, 'denied with 134'],
  ['the agent as care-of address', { careOfAddress: '192.0.2.1' }, {}, 'denied with 134'],
  ['a node at home that wants to be bound', { careOfAddress: '192.0.2.11' }, {}, 'denied with 134'],
  ['minimal encapsulation', flags({ minimalEncapsulation: true }), {}, 'denied with 139'],
  ['GRE', flags({ gre: true }), {}, '0 for 600'],
  ['GRE where there is none', flags({ gre: true }), policy({ gre: false }), 'denied with 139'],
  ['a GRE key without GRE', extensions({ kind: 'gre-key', key: 7 }), {}, 'denied with 139'],
  ['a reverse tunnel', flags({ reverseTunnelling: true }), {}, '0 for 600'],
  [
    'a reverse tunnel where there is none',
    flags({ reverseTunnelling: true }),
    policy({ reverseTunnelling: 'off' }),
    'denied with 137',
  ],
  ['none where it is required', {}, policy({ reverseTunnelling: 'required' }), 'denied with 138'],
  [
    'a reverse tunnel where it is required',
    flags({ reverseTunnelling: true }),
    policy({ reverseTunnelling: 'required' }),
    '0 for 600',
  ],
  ['an unknown encapsulation over UDP', extensions(proof, udp(5)), {}, 'denied with 142'],
  ['a tunnel over UDP that is not necessary', extensions(proof, udp()), {}, '0 for 600'],
  ['a tunnel over UDP by force', extensions(proof, udp(4, true)), {}, 'denied with 129'],
  [
    'a tunnel over UDP of a node behind a translator',
    { ...coLocated, ...extensions(udp(), proof) },
    { nodeSource: '198.51.100.7' },
    'denied with 129',
  ],
  [
    'a tunnel over UDP of a node that needs none',
    { ...coLocated, ...extensions(udp(), proof) },
    { nodeSource: '10.1.1.2' },
    '0 for 600',
  ],
  ['a tunnel over UDP by a node that is not co-located', extensions(udp(), proof), {}, 'denied with 134'],
  [
    'a tunnel over UDP by the foreign agent of a co-located node',
    { ...coLocated, ...extensions(proof, udp()) },
    {},
    'denied with 134',
  ],
  ['a home address that is not free', {}, { homeAddressIsFree: false }, 'denied with 129'],
  ['a held care-of address again', {}, { authorizesMove: false }, '0 for 600'],
  [
    'a move without the home server',
    { careOfAddress: '10.1.2.2' },
    { authorizesMove: false },
    'denied with 129',
  ],
  ['simultaneous bindings', flags({ simultaneousBindings: true }), {}, '0 for 600'],
  [
    'a simultaneous binding too many',
    flags({ simultaneousBindings: true }),
    { heldCareOfAddresses: three },
    'denied with 135',
  ],
  [
    'one of three simultaneous bindings again',
    { ...flags({ simultaneousBindings: true }), careOfAddress: '10.1.3.2' },
    { heldCareOfAddresses: three },
    '0 for 600',
  ],
  ['one in place of three', {}, { heldCareOfAddresses: three }, '0 for 600'],
  ['one binding taken back', { lifetimeSeconds: 0 }, {}, '0, care-of-address removed'],
  [
    'all taken back',
    { lifetimeSeconds: 0, careOfAddress: '192.0.2.11' },
    { authorizesMove: false },
    '0, all removed',
  ],
  [
    'all taken back by a node that leaves its home address open',
    { lifetimeSeconds: 0, homeAddress: '0.0.0.0', careOfAddress: '192.0.2.11', ...extensions(name, proof) },
    {},
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
    { ...flags({ minimalEncapsulation: true }), identification: at(-60) },
    { foreignAgentFailed: true },
    'denied with 133',
  ],
]

for (const [title, changed, around, expected] of rows)
  test(`${title}: ${expected}`, (t) => {
    t.is(describe(decideRegistration({ ...request, ...changed }, { ...circumstances, ...around })), expected)
  })

test('a mismatch tells the node the agent’s clock, every other reply copies the identification', (t) => {
  const late = { ...request, identification: at(-3600, 77) }
  const decision = decideRegistration(late, circumstances)
  t.is(identificationSeconds(decision.identification), now / 1000)
  t.is(decision.identification & 0xffff_ffffn, 77n)
  t.is(decideRegistration(request, circumstances).identification, request.identification)
  t.is(
    decideRegistration({ ...request, ...flags({ reservedR: true }) }, circumstances).identification,
    request.identification,
  )
})
