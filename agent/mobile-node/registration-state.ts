import type { Ipv4Address } from '#core/ipv4.ts'
import type { HeardAgent } from './agent-discovery.ts'
import type { Home, PointOfAttachment, Terms } from './point-of-attachment.ts'
import type { Reaction } from './reply-reaction.ts'

/**
 * - `searching`: there is no point of attachment;
 * - `registering`: a request is under way that the home server has to vouch for; an older binding may still serve;
 * - `registered`: a binding serves, nothing is under way;
 * - `refreshing`: a binding serves, and is being prolonged with the key of the home agent;
 * - `returning`: the node is at home, and takes its bindings back;
 * - `at-home`: it is at home, and the home agent has no binding as far as is known;
 * - `deregistering`: the node stops and takes its binding back;
 * - `ended`: nothing happens any more.
 */
export const phases = [
  'searching',
  'registering',
  'registered',
  'refreshing',
  'returning',
  'at-home',
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
  /** What was already done about denials of this request. */
  tried: readonly Reaction[]
}

/** An agent that is heard beside the one in use (RFC 5944, section 2.4.2.1). */
export interface OtherAgent {
  agent: HeardAgent
  untilMilliseconds: number
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
  /** Where the node registers or is registered. */
  point: PointOfAttachment | undefined
  /** To where the home agent tunnels, as far as is known. */
  boundTo: PointOfAttachment | undefined
  /** The link may have changed below the node: the next agent that is heard is taken at once. */
  moved: boolean
  /** The node registers beside the binding that serves, which it keeps (S bit): the agents of both are heard. */
  overlaps: boolean
  /** The care-of address of its own that the node has, where it uses one. */
  ownAddress: Ipv4Address | undefined
  /** What was allocated; what is configured when absent. */
  home: Home | undefined
  /** The home agent to which the node was redirected (RFC 4433). */
  redirectedTo: Ipv4Address | undefined
  /** What is asked for at this point. */
  terms: Terms | undefined
  /** The newest challenge of the agent (RFC 4721). */
  challenge: Buffer | undefined
  /** Until when the key with the home agent lasts. */
  keyUntilMilliseconds: number | undefined
  /** The same of the key with this foreign agent. */
  foreignKeyUntilMilliseconds: number | undefined
  others: readonly OtherAgent[]
  /** Agents that have refused since the last success. */
  refusedBy: readonly Ipv4Address[]
  outstanding: Outstanding | undefined
  /** Solicitations since the search began. */
  solicitations: number
  /** In milliseconds since 1970; the driver reports each that has passed. */
  deadlines: Partial<Record<Deadline, number>>
}

export const initialState: NodeState = {
  phase: 'searching',
  point: undefined,
  boundTo: undefined,
  moved: false,
  overlaps: false,
  ownAddress: undefined,
  home: undefined,
  redirectedTo: undefined,
  terms: undefined,
  challenge: undefined,
  keyUntilMilliseconds: undefined,
  foreignKeyUntilMilliseconds: undefined,
  others: [],
  refusedBy: [],
  outstanding: undefined,
  solicitations: 0,
  deadlines: {},
}

/** What a reply that is believed says. */
export interface ReplyFacts extends Home {
  code: number
  lifetimeSeconds: number
  identification: bigint
  /** Of a new key with the home agent that came with it; 0 is without end. */
  keyLifetimeSeconds: number | undefined
  /** The same of a key with the foreign agent. */
  foreignKeyLifetimeSeconds: number | undefined
  /** For the next request (RFC 4721). */
  challenge: Buffer | undefined
  /** RFC 4433 */
  redirectedTo: Ipv4Address | undefined
  /** The home agent agrees to tunnel over UDP (RFC 3519). */
  udpTunnel: boolean
  /** Under which the home agent wants to hear what is tunnelled to it (RFC 6245). */
  greKey: number | undefined
}

interface EventDetails {
  start: unknown
  'carrier-lost': unknown
  'carrier-found': unknown
  /** The interface has a care-of address for the node to use, another one than before. */
  'address-found': { careOfAddress: Ipv4Address }
  'address-lost': unknown
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

/** All that goes into a Registration Request but for the identification and what the keys add. */
export interface RequestPlan extends Home {
  point: PointOfAttachment
  careOfAddress: Ipv4Address
  lifetimeSeconds: number
  proof: Proof
  terms: Terms
  requestedHomeAgent: Ipv4Address | undefined
  challenge: Buffer | undefined
  /** Prove it to the foreign agent with the key that the node shares with it. */
  usesForeignKey: boolean
  asksForForeignKey: boolean
  /** The other bindings are to stay (the S bit). */
  simultaneous: boolean
}

/** How the node sends and receives from now on. */
export interface Way extends Home {
  point: PointOfAttachment
  terms: Terms
  /** Key of what is sent into the tunnel (RFC 6245). */
  greKeyToHomeAgent: number | undefined
}

export type NodeAction =
  | { kind: 'solicit' }
  | { kind: 'register'; plan: RequestPlan }
  /** Set the identifications by the home agent's clock, or its nonce. */
  | { kind: 'resynchronise'; identification: bigint }
  | { kind: 'attach'; way: Way }
  | { kind: 'detach' }
  | { kind: 'end'; ending: Ending }

export interface NodeSettings extends Home {
  /** RFC 4433: the home agent that the node would like to be given. */
  requestedHomeAgent: Ipv4Address | undefined
  lifetimeSeconds: number
  /** The node uses a care-of address of its own. */
  coLocated: boolean
  terms: Terms
  /** Asks for a key with each foreign agent, also with those that do not challenge. */
  foreignAgentKey: boolean
  handover: 'break-before-make' | 'make-before-break'
  /** From 0 to 1. */
  random: () => number
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
