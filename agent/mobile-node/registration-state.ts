import type { Ipv4Address } from '#core/ipv4.ts'
import type { HeardAgent } from './agent-discovery.ts'

/**
 * - `searching`: no agent is known;
 * - `registering`: a request is under way that the home server has to vouch for; an older binding may still serve;
 * - `registered`: a binding serves, nothing is under way;
 * - `refreshing`: a binding serves, and is being prolonged with the key of the home agent;
 * - `deregistering`: the node stops and takes its binding back;
 * - `ended`: nothing happens any more.
 */
export const phases = [
  'searching',
  'registering',
  'registered',
  'refreshing',
  'deregistering',
  'ended',
] as const
export type Phase = (typeof phases)[number]

/** Who can tell that a request is authentic: the home server (MN-AAA) or, once there is a key, the home agent (MN-HA). */
export type Proof = 'mn-aaa' | 'mn-ha'

/** The request that awaits its reply. */
export interface Outstanding {
  proof: Proof
  lifetimeSeconds: number
  sentAtMilliseconds: number
  /** Retransmissions so far. */
  attempt: number
  /** The clock was already set by a reply to this request. */
  resynchronised: boolean
}

export const deadlines = [
  'solicitation',
  'retransmission',
  'refresh',
  'registration-end',
  'agent-silence',
] as const
export type Deadline = (typeof deadlines)[number]

export interface NodeState {
  phase: Phase
  /** With which the node registers or is registered. */
  agent: HeardAgent | undefined
  /** The agent to which the home agent tunnels, as far as is known. */
  boundTo: HeardAgent | undefined
  /** The link may have changed below the node: the next agent that is heard is taken at once. */
  moved: boolean
  /** Until when the key with the home agent lasts. */
  keyUntilMilliseconds: number | undefined
  outstanding: Outstanding | undefined
  /** Solicitations since the search began. */
  solicitations: number
  /** In milliseconds since 1970; the driver reports each that has passed. */
  deadlines: Partial<Record<Deadline, number>>
}

export const initialState: NodeState = {
  phase: 'searching',
  agent: undefined,
  boundTo: undefined,
  moved: false,
  keyUntilMilliseconds: undefined,
  outstanding: undefined,
  solicitations: 0,
  deadlines: {},
}

/** What an authentic reply says. */
export interface ReplyFacts {
  code: number
  lifetimeSeconds: number
  identification: bigint
  /** Of a new key that came with it; 0 is without end. */
  keyLifetimeSeconds: number | undefined
}

interface EventDetails {
  start: unknown
  'carrier-lost': unknown
  'carrier-found': unknown
  advertisement: { agent: HeardAgent }
  reply: { reply: ReplyFacts }
  'solicitation-due': unknown
  'retransmission-due': unknown
  'refresh-due': unknown
  'registration-over': unknown
  'agent-silent': unknown
  stop: unknown
}

export type EventKind = keyof EventDetails
export type NodeEvent<Kind extends EventKind = EventKind> = {
  [Each in Kind]: { kind: Each } & EventDetails[Each]
}[Kind]

/** The event that reports a deadline. */
export const eventOfDeadline = {
  solicitation: 'solicitation-due',
  retransmission: 'retransmission-due',
  refresh: 'refresh-due',
  'registration-end': 'registration-over',
  'agent-silence': 'agent-silent',
} as const satisfies Record<Deadline, EventKind>

/** `unconfirmed`: a binding was there, and the home agent has not said that it is gone. */
export type Ending = 'deregistered' | 'unconfirmed' | 'without-binding'

export type NodeAction =
  | { kind: 'solicit' }
  | { kind: 'register'; agent: HeardAgent; careOfAddress: Ipv4Address; lifetimeSeconds: number; proof: Proof }
  /** Set the clock of the identifications by the home agent's. */
  | { kind: 'resynchronise'; identification: bigint }
  /** Send and receive by way of this agent from now on. */
  | { kind: 'attach'; agent: HeardAgent }
  | { kind: 'detach' }
  | { kind: 'end'; ending: Ending }

export interface NodeSettings {
  homeAddress: Ipv4Address
  lifetimeSeconds: number
}

export interface Step {
  next: NodeState
  actions: NodeAction[]
}

/** What a rule knows beside the state. */
export interface Circumstances<Event = NodeEvent> {
  event: Event
  nowMilliseconds: number
  settings: NodeSettings
}
