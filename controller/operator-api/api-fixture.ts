import type { FastifyInstance } from 'fastify'
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import type { ChangeBackend, EditState, StoredProfile } from './change-resources.ts'
import { LiveEvents } from './live-events.ts'
import { createOperatorApi, type OperatorApiOptions } from './operator-api.ts'
import { parseOperators } from './operators.ts'
import type { OperatorBackend, ProfileChange, SubscriberDetail, SubscriberSummary } from './resources.ts'

const words = {
  viewer: 'token-of-the-viewer',
  operator: 'token-of-the-operator',
  admin: 'token-of-the-admin',
}
export const operators = parseOperators(
  `ann viewer ${words.viewer}\nbob operator ${words.operator}\neve admin ${words.admin}`,
  'the tests',
)
export const token = words.operator

export function as(role: keyof typeof words): { authorization: string } {
  return { authorization: `Bearer ${words[role]}` }
}

const since = '2026-01-01T00:00:00.000Z'
export const mn1: SubscriberSummary = {
  nai: 'mn1@home.example',
  homeAddress: '192.0.2.11',
  profile: 'bronze',
  revision: 1,
  decidedBy: 'base',
  foreignAgent: null,
}
export const mn1Detail: SubscriberDetail = {
  nai: mn1.nai,
  homeAddress: mn1.homeAddress,
  profile: {
    name: 'bronze',
    downlink: { rateBitsPerSecond: 4e6, ceilBitsPerSecond: 4e6, priority: 3 },
    decidedBy: { layer: 'base', profile: 'bronze', reason: 'imported', author: 'import', since },
    revision: 1,
    since,
  },
  state: 'stored',
  nodes: {},
  session: null,
}
export const change: ProfileChange = {
  nai: mn1.nai,
  profile: 'gold',
  decidedBy: 'base',
  revision: 2,
  state: 'stored',
  nodes: {},
}

const document = { name: 'gold', class: { downlink: { rate: '20mbit' } } }
export const edit: EditState = {
  id: 'e1',
  subject: 'gold',
  editor: 'bob',
  openedAt: since,
  expiresAt: since,
  version: '3',
}
export const gold: StoredProfile = {
  name: 'gold',
  version: '3',
  document,
  reason: 'imported',
  author: 'import',
  since,
}
const distributed = [{ nai: mn1.nai, revision: 2, state: 'stored' as const, nodes: {} }]
const decidedBy = { layer: 'base', source: 'gold', reason: 'r', author: 'bob', since, until: null } as const
const signal = { id: 'x', at: since, kind: 'mapping-created', state: 'held', settledAt: null } as const
const auditEntry = { at: since, author: 'bob', action: 'set-profile', subject: mn1.nai, detail: 'gold' }
const changes: ChangeBackend = {
  edits: async () => [edit],
  openEdit: async () => ({ edit, document, others: [edit] }),
  commitEdit: async () => ({ version: '4', distributed }),
  cancelEdit: async () => distributed,
  profiles: async () => [gold],
  profile: async (name) => (name === 'gold' ? gold : undefined),
  putProfile: async () => ({ version: '4', distributed }),
  preview: async () => ({
    differences: [
      {
        path: 'class.downlink.rate',
        before: '4mbit',
        after: '20mbit',
        inForce: { before: '4mbit', after: '20mbit' },
        decidedBy: 'base',
        kernelObjects: ['HTB class'],
      },
      {
        path: 'class.dscp',
        before: 'none',
        after: 'EF',
        inForce: null,
        decidedBy: 'override',
        kernelObjects: [],
      },
    ],
  }),
  pay: async () => ({ balance: 12.5, duplicate: false, distributed }),
  removeSubscriber: async () => {},
  removeProfile: async () => {},
  putOverride: async () => distributed,
  removeOverride: async () => distributed,
  events: async () => [signal],
  audit: async () => [auditEntry],
  explain: async (nai) => ({
    nai,
    revision: 2,
    since,
    fields: [
      { path: 'name', value: 'gold', decidedBy, note: null },
      { path: 'class.dscp', value: 'none', decidedBy: null, note: null },
    ],
    layers: [{ ...decidedBy, fields: { name: 'gold' } }],
    datapath: [
      {
        node: 'ha.home.example',
        tunnels: [{ interface: 'sj-iCgEBAsAAAgE', encapsulation: 'ipip', remote: '10.1.1.2', key: null }],
        classes: [{ name: 'downlink', interface: 'core0', classId: '4400:1', mark: '0x44000001' }],
      },
    ],
    edits: [edit],
    events: [signal],
    audit: [auditEntry],
  }),
}

export const backend: OperatorBackend = {
  ...changes,
  subscribers: async () => ({ subscribers: [mn1], next: null }),
  subscriber: async (nai) => (nai === mn1.nai ? mn1Detail : undefined),
  setProfile: async (nai) => (nai === mn1.nai ? change : undefined),
  sessions: async () => ({
    sessions: [
      {
        sessionId: 's1',
        nai: mn1.nai,
        role: 'home-agent',
        node: 'ha.home.example',
        address: '192.0.2.1',
        startedAt: since,
        authorizedUntil: since,
        revision: 1,
        failure: null,
      },
    ],
    next: null,
  }),
  faults: async () => [],
  gauges: async () => ({
    sessions: { homeAgent: 1, foreignAgent: 0 },
    diameterPeersOpen: 2,
    editsOpen: 0,
    eventsWaiting: 0,
  }),
}

export function testApi(
  answers: Partial<OperatorBackend> = {},
  options: Partial<OperatorApiOptions> = {},
): FastifyInstance {
  return createOperatorApi({
    backend: { ...backend, ...answers },
    operators: () => operators,
    requestsPerMinute: 1000,
    tls: undefined,
    live: new LiveEvents(systemClock),
    clock: systemClock,
    log: silentLog,
    ...options,
  })
}
