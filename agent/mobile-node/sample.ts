/** For the tests of the registration machine: two foreign agents, a home link, a state of each phase, and stories told as lines. */
import { noMobilityAgentFlags } from '#wire/mobile-ip/agent-advertisement.ts'
import type { HeardAgent } from './agent-discovery.ts'
import type { PointOfAttachment, Terms } from './point-of-attachment.ts'
import { step } from './registration-machine.ts'
import {
  type EventKind,
  initialState,
  type NodeEvent,
  type NodeSettings,
  type NodeState,
  type Phase,
  type ReplyFacts,
  type RequestPlan,
  type Step,
} from './registration-state.ts'

export const now = Date.UTC(2026, 0, 1)
export const terms: Terms = {
  reverseTunnel: undefined,
  encapsulation: 'ipip',
  greKey: undefined,
  udpTunnel: false,
}
export const settings: NodeSettings = {
  homeAddress: '192.0.2.11',
  homeAgent: '192.0.2.1',
  requestedHomeAgent: undefined,
  lifetimeSeconds: 1000,
  coLocated: false,
  terms,
  foreignAgentKey: false,
  handover: 'break-before-make',
  random: () => 0,
}

export const a1: HeardAgent = {
  address: '10.1.101.1',
  linkAddress: '02:00:00:00:01:01',
  careOfAddress: '10.1.1.2',
  sequence: 300,
  lifetimeSeconds: 3,
  registrationLifetimeSeconds: 1800,
  flags: { ...noMobilityAgentFlags, foreignAgent: true },
  prefix: undefined,
  router: '10.1.101.1',
  challenge: undefined,
}
export const a2: HeardAgent = {
  ...a1,
  address: '10.1.102.1',
  linkAddress: '02:00:00:00:01:02',
  careOfAddress: '10.1.2.2',
  router: '10.1.102.1',
}
export const atA1: PointOfAttachment = { kind: 'foreign-agent', careOfAddress: '10.1.1.2', agent: a1 }
export const homeLink: HeardAgent = {
  ...a1,
  address: '192.0.2.1',
  linkAddress: '02:00:00:00:00:01',
  careOfAddress: undefined,
  flags: { ...noMobilityAgentFlags, homeAgent: true },
  prefix: '192.0.2.0/24',
  router: '192.0.2.254',
}
export const atHome: PointOfAttachment = { kind: 'home', careOfAddress: '192.0.2.11', agent: homeLink }

export const outstanding = {
  lifetimeSeconds: 1000,
  sentAtMilliseconds: now,
  attempt: 0,
  tried: [],
}
const bound = { point: atA1, boundTo: atA1, terms, keyUntilMilliseconds: now + 3_600_000 }

/** One state for each phase, as it comes about in an ordinary run. */
export const states: Record<Phase, NodeState> = {
  searching: initialState,
  registering: {
    ...initialState,
    phase: 'registering',
    point: atA1,
    terms,
    outstanding: { ...outstanding, proof: 'mn-aaa' },
  },
  registered: { ...initialState, ...bound, phase: 'registered' },
  refreshing: {
    ...initialState,
    ...bound,
    phase: 'refreshing',
    outstanding: { ...outstanding, proof: 'mn-ha' },
  },
  returning: {
    ...initialState,
    ...bound,
    phase: 'returning',
    point: atHome,
    outstanding: { ...outstanding, proof: 'mn-ha', lifetimeSeconds: 0 },
  },
  'at-home': { ...initialState, phase: 'at-home', point: atHome },
  deregistering: {
    ...initialState,
    ...bound,
    phase: 'deregistering',
    outstanding: { ...outstanding, proof: 'mn-ha', lifetimeSeconds: 0 },
  },
  ended: { ...initialState, phase: 'ended' },
}

export const accepted: ReplyFacts = {
  code: 0,
  lifetimeSeconds: 1000,
  identification: 1n,
  homeAddress: '192.0.2.11',
  homeAgent: '192.0.2.1',
  keyLifetimeSeconds: undefined,
  foreignKeyLifetimeSeconds: undefined,
  challenge: undefined,
  redirectedTo: undefined,
  udpTunnel: false,
  greKey: undefined,
}

export const events: Record<EventKind, NodeEvent> = {
  start: { kind: 'start' },
  'carrier-lost': { kind: 'carrier-lost' },
  'carrier-found': { kind: 'carrier-found' },
  'address-found': { kind: 'address-found', careOfAddress: '10.9.9.2' },
  'address-lost': { kind: 'address-lost' },
  advertisement: { kind: 'advertisement', agent: a2 },
  reply: { kind: 'reply', reply: accepted },
  'solicitation-due': { kind: 'solicitation-due' },
  'retransmission-due': { kind: 'retransmission-due' },
  'refresh-due': { kind: 'refresh-due' },
  'registration-over': { kind: 'registration-over' },
  'agent-silent': { kind: 'agent-silent' },
  stop: { kind: 'stop' },
}

export function run(state: NodeState, event: NodeEvent, at = now, wishes = settings): Step {
  return step(state, event, at, wishes)
}

export function describe({ next, actions }: Step): string {
  const words = actions.map((action) => {
    if (action.kind === 'register') {
      const { careOfAddress, lifetimeSeconds, proof, simultaneous } = action.plan
      return `register ${careOfAddress} for ${lifetimeSeconds} by ${proof}${simultaneous ? ' beside the other' : ''}`
    }
    if (action.kind === 'attach') return `attach ${action.way.point.agent?.address ?? 'directly'}`
    return action.kind === 'end' ? `end ${action.ending}` : action.kind
  })
  return [`${next.phase}${next.moved ? ' (moved)' : ''}`, ...words].join(', ')
}

export const toA1 = 'register 10.1.1.2 for 1000'
export const toA2 = 'register 10.1.2.2 for 1000'
export const direct = 'register 10.9.9.2 for 1000'
export const farewell = 'deregistering, register 10.1.1.2 for 0 by mn-ha'

/** The state after a series of events, and all that was done. */
export function story(state: NodeState, ...series: [event: NodeEvent, atSeconds?: number][]): string[] {
  return storyOf(settings, state, ...series)
}

export function storyOf(
  wishes: NodeSettings,
  state: NodeState,
  ...series: [event: NodeEvent, atSeconds?: number][]
): string[] {
  let current = state
  return series.map(([event, atSeconds = 0]) => {
    const taken = run(current, event, now + atSeconds * 1000, wishes)
    current = taken.next
    return describe(taken)
  })
}

export const hear = (agent: HeardAgent): NodeEvent => ({ kind: 'advertisement', agent })
/** A denial unless its lifetime says otherwise. */
export const reply = (
  code: number,
  lifetimeSeconds = 0,
  keyLifetimeSeconds?: number,
  more: Partial<ReplyFacts> = {},
): NodeEvent => ({
  kind: 'reply',
  reply: { ...accepted, code, lifetimeSeconds, identification: 7n, keyLifetimeSeconds, ...more },
})
export const accept = reply(0, 1000, 3600)

/** What a step asks to be sent. */
export function planIn({ actions }: Step): RequestPlan | undefined {
  return actions.find((action) => action.kind === 'register')?.plan
}
