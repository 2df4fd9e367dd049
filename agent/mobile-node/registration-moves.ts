/** What the rules of the registration machine are made of. */
import { solicitationInterval } from './agent-discovery.ts'
import { type Home, isDynamic, type PointOfAttachment, termsAt } from './point-of-attachment.ts'
import type {
  Circumstances,
  Ending,
  NodeAction,
  NodeSettings,
  NodeState,
  Outstanding,
  Phase,
  Proof,
  RequestPlan,
  Step,
} from './registration-state.ts'

/** RFC 5944, section 3.6.3: at least a second, and each wait twice the one before. */
const firstRetransmissionMilliseconds = 1000

function retransmissionInterval({ attempt, lifetimeSeconds }: Outstanding): number {
  const longest = Math.max(firstRetransmissionMilliseconds, lifetimeSeconds * 1000)
  return Math.min(firstRetransmissionMilliseconds * 2 ** attempt, longest)
}

/** Who the node is: as allocated, or as configured. */
export function homeOf({ home }: NodeState, settings: NodeSettings): Home {
  return home ?? settings
}

/** Asks for agents. A node with a care-of address of its own needs none, and hears those that advertise. */
export function solicit(state: NodeState, { nowMilliseconds, settings }: Circumstances): Step {
  if (settings.coLocated) return { next: state, actions: [] }
  const solicitations = state.solicitations + 1
  const solicitation = nowMilliseconds + solicitationInterval(solicitations, settings.random())
  const next = { ...state, solicitations, deadlines: { ...state.deadlines, solicitation } }
  return { next, actions: [{ kind: 'solicit' }] }
}

/** Begins a registration at a point, with all that the node wishes there; the other binding is not kept. */
export function registerAt(
  state: NodeState,
  point: PointOfAttachment,
  proof: Proof,
  circumstances: Circumstances,
): Step {
  return register({ ...state, ...freshAt(point, circumstances), overlaps: false }, proof, circumstances)
}

/** What is known at a point where nothing was agreed yet. */
export function freshAt(point: PointOfAttachment, { settings }: Circumstances) {
  return {
    point,
    moved: false,
    terms: termsAt(point, settings.terms),
    challenge: point.agent?.challenge,
    foreignKeyUntilMilliseconds: undefined,
  }
}

/** Begins a registration at the present point. */
export function register(state: NodeState, proof: Proof, circumstances: Circumstances): Step {
  const { nowMilliseconds, settings } = circumstances
  const { point } = state
  if (!point) return { next: state, actions: [] }
  const { solicitation: _, refresh: __, ...deadlines } = state.deadlines
  const next: NodeState = {
    ...state,
    phase: proof === 'mn-ha' ? 'refreshing' : 'registering',
    solicitations: 0,
    deadlines,
  }
  const longest = point.agent?.registrationLifetimeSeconds ?? settings.lifetimeSeconds
  const lifetimeSeconds = Math.min(settings.lifetimeSeconds, longest)
  const outstanding = { proof, lifetimeSeconds, sentAtMilliseconds: nowMilliseconds, attempt: 0, tried: [] }
  return send(next, outstanding, circumstances)
}

/** Sends the outstanding request again, with a new identification. */
export function resend(state: NodeState, circumstances: Circumstances): Step {
  const { outstanding } = state
  if (!outstanding) return { next: state, actions: [] }
  const { event, nowMilliseconds } = circumstances
  const again = { ...outstanding, sentAtMilliseconds: nowMilliseconds, attempt: outstanding.attempt + 1 }
  if (event.kind !== 'retransmission-due') return send(state, again, circumstances)
  // The foreign agent may have lost its key, and then nothing of it could be believed.
  const isDoubtful = outstanding.proof === 'mn-aaa'
  const next = isDoubtful ? { ...state, foreignKeyUntilMilliseconds: undefined } : state
  // A denial that comes again after the wait may be met again.
  return send(next, { ...again, tried: [] }, circumstances)
}

/** Takes the binding back: `deregistering` before the node stops, `returning` at home. */
export function deregister(
  state: NodeState,
  phase: Phase & ('deregistering' | 'returning'),
  proof: Proof,
  circumstances: Circumstances,
): Step {
  const next: NodeState = {
    ...state,
    phase,
    deadlines: phase === 'returning' ? { ...pick(state, 'agent-silence', 'registration-end') } : {},
  }
  const sentAtMilliseconds = circumstances.nowMilliseconds
  return send(next, { proof, lifetimeSeconds: 0, sentAtMilliseconds, attempt: 0, tried: [] }, circumstances)
}

function pick({ deadlines }: NodeState, ...names: (keyof NodeState['deadlines'])[]): NodeState['deadlines'] {
  return Object.fromEntries(Object.entries(deadlines).filter(([name]) => names.some((one) => one === name)))
}

export function end(state: NodeState, ending: Ending): Step {
  const next: NodeState = {
    ...state,
    phase: 'ended',
    outstanding: undefined,
    boundTo: undefined,
    deadlines: {},
  }
  return { next, actions: [{ kind: 'detach' }, { kind: 'end', ending }] }
}

/** Sends and receives at this point from now on, on the terms that were agreed. */
export function attachAt(
  state: NodeState,
  point: PointOfAttachment,
  { settings }: Circumstances,
  greKeyToHomeAgent?: number,
): NodeAction {
  const terms = state.terms ?? settings.terms
  return { kind: 'attach', way: { ...homeOf(state, settings), point, terms, greKeyToHomeAgent } }
}

/** Whether a key is there, and lasts until then. */
export function lasts(untilMilliseconds: number | undefined, neededMilliseconds: number): boolean {
  return untilMilliseconds !== undefined && untilMilliseconds >= neededMilliseconds
}

function send(state: NodeState, outstanding: Outstanding, circumstances: Circumstances): Step {
  const { point } = state
  if (!point) return { next: state, actions: [] }
  const retransmission = circumstances.nowMilliseconds + retransmissionInterval(outstanding)
  const next = { ...state, outstanding, deadlines: { ...state.deadlines, retransmission } }
  return { next, actions: [{ kind: 'register', plan: planOf(state, point, outstanding, circumstances) }] }
}

function planOf(
  state: NodeState,
  point: PointOfAttachment,
  { lifetimeSeconds, proof }: Outstanding,
  { nowMilliseconds, settings }: Circumstances,
): RequestPlan {
  const { boundTo, redirectedTo, challenge } = state
  const { homeAddress, homeAgent } = homeOf(state, settings)
  // In the middle of a move the binding is another agent's: the home address as care-of address takes all back (section 3.6.1.1).
  const takesAllBack = lifetimeSeconds === 0 && boundTo?.careOfAddress !== point.careOfAddress
  const usesForeignKey = lasts(state.foreignKeyUntilMilliseconds, nowMilliseconds)
  const mayAsk = point.kind === 'foreign-agent' && proof === 'mn-aaa'
  const wantsForeignKey = settings.foreignAgentKey || challenge !== undefined || usesForeignKey
  return {
    homeAddress,
    homeAgent: redirectedTo !== undefined && !isDynamic(homeAgent) ? redirectedTo : homeAgent,
    requestedHomeAgent: redirectedTo ?? (isDynamic(homeAgent) ? settings.requestedHomeAgent : undefined),
    point,
    careOfAddress: takesAllBack ? homeAddress : point.careOfAddress,
    lifetimeSeconds,
    proof,
    terms: state.terms ?? settings.terms,
    challenge,
    usesForeignKey,
    asksForForeignKey: mayAsk && wantsForeignKey,
    simultaneous: state.overlaps && lifetimeSeconds > 0,
  }
}
