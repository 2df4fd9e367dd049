/** What the rules of the registration machine are made of. */
import { solicitationInterval } from './agent-discovery.ts'
import type { Circumstances, Ending, NodeState, Outstanding, Proof, Step } from './registration-state.ts'

/** RFC 5944, section 3.6.3: at least a second, and each wait twice the one before. */
const firstRetransmissionMilliseconds = 1000

function retransmissionInterval({ attempt, lifetimeSeconds }: Outstanding): number {
  const longest = Math.max(firstRetransmissionMilliseconds, lifetimeSeconds * 1000)
  return Math.min(firstRetransmissionMilliseconds * 2 ** attempt, longest)
}

export function solicit(state: NodeState, { nowMilliseconds }: Circumstances): Step {
  const solicitations = state.solicitations + 1
  const solicitation = nowMilliseconds + solicitationInterval(solicitations)
  const next = { ...state, solicitations, deadlines: { ...state.deadlines, solicitation } }
  return { next, actions: [{ kind: 'solicit' }] }
}

/** Begins a registration, with the agent that was just heard or else the known one. */
export function register(state: NodeState, proof: Proof, circumstances: Circumstances): Step {
  const { event, nowMilliseconds, settings } = circumstances
  const agent = event.kind === 'advertisement' ? event.agent : state.agent
  if (!agent) return { next: state, actions: [] }
  const { solicitation: _, refresh: __, ...deadlines } = state.deadlines
  const heard =
    event.kind === 'advertisement' ? { 'agent-silence': nowMilliseconds + agent.lifetimeSeconds * 1000 } : {}
  const next: NodeState = {
    ...state,
    phase: proof === 'mn-ha' ? 'refreshing' : 'registering',
    agent,
    moved: event.kind === 'advertisement' ? false : state.moved,
    solicitations: 0,
    deadlines: { ...deadlines, ...heard },
  }
  const lifetimeSeconds = Math.min(settings.lifetimeSeconds, agent.registrationLifetimeSeconds)
  return send(
    next,
    { proof, lifetimeSeconds, sentAtMilliseconds: nowMilliseconds, attempt: 0, resynchronised: false },
    circumstances,
  )
}

/** Sends the outstanding request again, with a new identification. */
export function resend(state: NodeState, circumstances: Circumstances): Step {
  const { outstanding } = state
  if (!outstanding) return { next: state, actions: [] }
  const sentAtMilliseconds = circumstances.nowMilliseconds
  return send(state, { ...outstanding, sentAtMilliseconds, attempt: outstanding.attempt + 1 }, circumstances)
}

export function deregister(state: NodeState, circumstances: Circumstances): Step {
  const next: NodeState = { ...state, phase: 'deregistering', deadlines: {} }
  const sentAtMilliseconds = circumstances.nowMilliseconds
  const outstanding = {
    proof: 'mn-ha',
    lifetimeSeconds: 0,
    sentAtMilliseconds,
    attempt: 0,
    resynchronised: false,
  } as const
  return send(next, outstanding, circumstances)
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

function send(
  state: NodeState,
  outstanding: Outstanding,
  { nowMilliseconds, settings }: Circumstances,
): Step {
  const { agent, boundTo } = state
  if (!agent) return { next: state, actions: [] }
  const { lifetimeSeconds, proof } = outstanding
  const retransmission = nowMilliseconds + retransmissionInterval(outstanding)
  const next = { ...state, outstanding, deadlines: { ...state.deadlines, retransmission } }
  // In the middle of a move the binding is another agent's: the home address as care-of address takes all back (section 3.6.1.1).
  const takesAllBack = lifetimeSeconds === 0 && boundTo?.careOfAddress !== agent.careOfAddress
  const careOfAddress = takesAllBack ? settings.homeAddress : agent.careOfAddress
  return { next, actions: [{ kind: 'register', agent, careOfAddress, lifetimeSeconds, proof }] }
}
