/**
 * The rules about agents and addresses that come and go (RFC 5944, section 2.4.2). A move is taken for granted when an agent other than
 * the known one is heard after the carrier changed, when the known one has fallen silent (algorithm 1), or when it is overdue and the
 * other has another prefix (algorithm 2). Home is taken whenever it is heard. `overlapping-cells.ts` has the rules of a node that may
 * register through a further agent while the known one is there.
 */
import { hasRestarted, isSameAgent } from './agent-discovery.ts'
import { isNewBeside, registerBeside } from './overlapping-cells.ts'
import { isOpenTo, isSamePoint, type PointOfAttachment, pointOf } from './point-of-attachment.ts'
import { attachAt, deregister, homeOf, lasts, registerAt, resend, solicit } from './registration-moves.ts'
import type { Circumstances, NodeEvent, NodeState, OtherAgent, Step } from './registration-state.ts'

type Advertised = Circumstances<NodeEvent<'advertisement'>>

/** How many agents are remembered beside the one in use. */
const rememberedAgents = 8

export function suspectMove(state: NodeState): Step {
  const { solicitation: _, ...others } = state.deadlines // nothing can be sent without a carrier
  const next = { ...state, moved: true, overlaps: false, others: [], deadlines: others }
  return { next, actions: [] }
}

/** The link may be another one: what was heard before counts no more. */
export function searchAfterMove(state: NodeState, circumstances: Circumstances): Step {
  const next = { ...state, moved: true, overlaps: false, solicitations: 0, others: [], refusedBy: [] }
  const { ownAddress } = state
  // A binding of one's own care-of address is confirmed, for its home agent may have taken it back meanwhile.
  if (ownAddress !== undefined && state.phase !== 'at-home' && state.phase !== 'returning')
    return registerDirectly(next, ownAddress, circumstances)
  return solicit(next, circumstances)
}

export function takeAgent(state: NodeState, circumstances: Advertised): Step {
  const { agent } = circumstances.event
  const point = pointOfHeard(state, circumstances)
  if (!point || !isOpenTo(point, circumstances.settings.terms)) return { next: state, actions: [] }
  return settle(rememberSilence(state, agent.lifetimeSeconds, circumstances), point, circumstances)
}

export function hearAgent(state: NodeState, circumstances: Advertised): Step {
  const { agent: heard } = circumstances.event
  const known = state.point?.agent
  const point = pointOfHeard(state, circumstances)
  if (point && state.point && isSamePoint(state.point, point)) {
    if (known && hasRestarted(known, heard)) return hearRestart(state, point, circumstances)
    return hearKnownAgent(state, point, circumstances)
  }
  if (known && isSameAgent(known, heard)) return { next: state, actions: [] }
  if (point && isNewBeside(state, point, circumstances)) return registerBeside(state, point, circumstances)
  return point && isMove(state, point, circumstances)
    ? takeAgent(state, circumstances)
    : { next: remember(state, circumstances), actions: [] }
}

function pointOfHeard(state: NodeState, { event, settings }: Advertised): PointOfAttachment | undefined {
  const { ownAddress } = state
  return pointOf(event.agent, homeOf(state, settings), { coLocated: settings.coLocated, ownAddress })
}

function isMove(
  state: NodeState,
  { kind, agent }: PointOfAttachment,
  { nowMilliseconds, settings }: Advertised,
): boolean {
  const { point } = state
  if (state.moved || !point) return true
  // Of several home agents on the home link, the one that was heard first will do.
  if (kind === 'home') return point.kind !== 'home'
  // Who registers directly although an agent wants to hear of it.
  if (point.kind === 'co-located' && !point.agent) return agent !== undefined
  // In overlapping cells others go on being heard: only silence tells that the known one is lost.
  if (settings.handover === 'make-before-break') return false
  const silence = state.deadlines['agent-silence'] ?? Number.POSITIVE_INFINITY
  const overdue = (point.agent?.lifetimeSeconds ?? 0) * 1000 * (2 / 3)
  const before = point.agent?.prefix
  const otherPrefix = before !== undefined && agent?.prefix !== undefined && agent.prefix !== before
  return otherPrefix && silence - nowMilliseconds < overdue
}

/** The agent has lost its visitors, and the keys of them. */
function hearRestart(state: NodeState, point: PointOfAttachment, circumstances: Advertised): Step {
  const next = rememberSilence(state, circumstances.event.agent.lifetimeSeconds, circumstances)
  return settle(next, point, circumstances)
}

/** The agent is still there. What was sent while the carrier came and went is sent again. */
function hearKnownAgent(state: NodeState, point: PointOfAttachment, circumstances: Advertised): Step {
  const { agent } = circumstances.event
  const { solicitation: _, ...deadlines } = state.deadlines
  const next = rememberSilence(
    { ...state, point, moved: false, solicitations: 0, deadlines },
    agent.lifetimeSeconds,
    circumstances,
  )
  const fresh = { ...next, challenge: agent.challenge ?? state.challenge }
  return state.moved && state.outstanding ? resend(fresh, circumstances) : { next: fresh, actions: [] }
}

function rememberSilence(
  state: NodeState,
  lifetimeSeconds: number,
  { nowMilliseconds }: Circumstances,
): NodeState {
  const silence = nowMilliseconds + lifetimeSeconds * 1000
  return { ...state, deadlines: { ...state.deadlines, 'agent-silence': silence } }
}

function remember(state: NodeState, { event: { agent }, nowMilliseconds }: Advertised): NodeState {
  const entry: OtherAgent = { agent, untilMilliseconds: nowMilliseconds + agent.lifetimeSeconds * 1000 }
  const others = state.others.filter(
    (other) => !isSameAgent(other.agent, agent) && other.untilMilliseconds > nowMilliseconds,
  )
  return { ...state, others: [entry, ...others].slice(0, rememberedAgents) }
}

/** Registers at a new point, or takes all bindings back where that is home. */
function settle(state: NodeState, point: PointOfAttachment, circumstances: Circumstances): Step {
  if (point.kind === 'home') return comeHome(state, point, circumstances)
  const others = state.others.filter(({ agent }) => !point.agent || !isSameAgent(agent, point.agent))
  return registerAt({ ...state, others }, point, 'mn-aaa', circumstances)
}

/** RFC 5944, section 3.6: the node is a host of its home link again, then it deregisters, if it had registered. */
function comeHome(state: NodeState, point: PointOfAttachment, circumstances: Circumstances): Step {
  const { nowMilliseconds } = circumstances
  const { refresh: _, retransmission: __, solicitation: ___, ...deadlines } = state.deadlines
  const next: NodeState = {
    ...state,
    phase: 'at-home',
    point,
    moved: false,
    overlaps: false,
    solicitations: 0,
    outstanding: undefined,
    challenge: undefined,
    deadlines,
  }
  const attach = attachAt(next, point, circumstances)
  if (!state.boundTo) return { next, actions: [attach] }
  const proof = lasts(state.keyUntilMilliseconds, nowMilliseconds) ? 'mn-ha' : 'mn-aaa'
  const farewell = deregister(next, 'returning', proof, circumstances)
  return { ...farewell, actions: [attach, ...farewell.actions] }
}

/** Algorithm 1 of the RFC: another agent that is still heard, else a search. */
export function hearNothing(state: NodeState, circumstances: Circumstances): Step {
  return tryOther(state, circumstances) ?? searchAfterMove(state, circumstances)
}

/** The agent did not answer either: there is no point of attachment. */
export function loseAgent(state: NodeState, circumstances: Circumstances): Step {
  const other = tryOther(state, circumstances)
  if (other) return other
  const { retransmission: _, 'agent-silence': __, ...deadlines } = state.deadlines
  const next: NodeState = {
    ...state,
    phase: 'searching',
    point: undefined,
    outstanding: undefined,
    deadlines,
  }
  return searchAfterMove(next, circumstances)
}

/** Registers with another agent that is still heard and has not refused, if there is one. */
export function tryOther(state: NodeState, circumstances: Circumstances): Step | undefined {
  const { nowMilliseconds, settings } = circumstances
  const { ownAddress, refusedBy } = state
  for (const { agent, untilMilliseconds } of state.others) {
    if (untilMilliseconds <= nowMilliseconds || refusedBy.includes(agent.address)) continue
    const point = pointOf(agent, homeOf(state, settings), { coLocated: settings.coLocated, ownAddress })
    if (!point || !isOpenTo(point, settings.terms)) continue
    const silence = { ...state.deadlines, 'agent-silence': untilMilliseconds }
    return settle({ ...state, deadlines: silence }, point, circumstances)
  }
  return undefined
}

export function takeAddress(
  state: NodeState,
  circumstances: Circumstances<NodeEvent<'address-found'>>,
): Step {
  const { careOfAddress } = circumstances.event
  return registerDirectly({ ...state, ownAddress: careOfAddress }, careOfAddress, circumstances)
}

/** Straight with the home agent, which knows the node already while its key lasts. */
function registerDirectly(state: NodeState, careOfAddress: string, circumstances: Circumstances): Step {
  const { 'agent-silence': _, ...deadlines } = state.deadlines
  const proof = lasts(state.keyUntilMilliseconds, circumstances.nowMilliseconds) ? 'mn-ha' : 'mn-aaa'
  const point = { kind: 'co-located', careOfAddress, agent: undefined } as const
  return registerAt({ ...state, deadlines }, point, proof, circumstances)
}

export function noteAddress(
  state: NodeState,
  { event }: Circumstances<NodeEvent<'address-found' | 'address-lost'>>,
): Step {
  const ownAddress = event.kind === 'address-found' ? event.careOfAddress : undefined
  return { next: { ...state, ownAddress }, actions: [] }
}

/** Nothing can be sent from it any more; the binding may serve again when it comes back. */
export function loseAddress(state: NodeState): Step {
  const { retransmission: _, refresh: __, 'agent-silence': ___, ...deadlines } = state.deadlines
  const next: NodeState = {
    ...state,
    phase: 'searching',
    point: undefined,
    ownAddress: undefined,
    outstanding: undefined,
    deadlines,
  }
  return { next, actions: [] }
}
