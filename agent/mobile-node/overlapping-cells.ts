/**
 * Make before break: in overlapping cells a node registers through an agent that it begins to hear while the one in use is still there,
 * and keeps the binding that serves until the new one stands (RFC 5944, section 3.6.1.2, the S bit). Whatever goes wrong with the new one
 * leaves the node where it is.
 */
import { isSameAgent } from './agent-discovery.ts'
import { isOpenTo, isSamePoint, type PointOfAttachment } from './point-of-attachment.ts'
import { freshAt, register, registerAt, resend } from './registration-moves.ts'
import type { Circumstances, NodeEvent, NodeState, OtherAgent, Step } from './registration-state.ts'

type Advertised = Circumstances<NodeEvent<'advertisement'>>

/** After that many unanswered tries, 7 s, the node has the agent in use confirm its binding. */
const retransmissionsBeside = 2

/** Whether an agent is heard for the first time beside the one in use. One that goes on being heard is not new again. */
export function isNewBeside(
  { phase, point, boundTo, moved, others, refusedBy }: NodeState,
  heard: PointOfAttachment,
  { settings, nowMilliseconds }: Advertised,
): boolean {
  if (settings.handover !== 'make-before-break' || moved) return false
  if (phase !== 'registered' && phase !== 'refreshing') return false
  if (heard.kind !== 'foreign-agent' || !point || !boundTo || !isSamePoint(point, boundTo)) return false
  const isKnown = others.some(
    ({ agent, untilMilliseconds }) => isSameAgent(agent, heard.agent) && untilMilliseconds > nowMilliseconds,
  )
  return !isKnown && !refusedBy.includes(heard.agent.address) && isOpenTo(heard, settings.terms)
}

/** Registers through the new agent, and remembers the one in use among the others. */
export function registerBeside(state: NodeState, heard: PointOfAttachment, circumstances: Advertised): Step {
  const { nowMilliseconds, event } = circumstances
  const next: NodeState = {
    ...state,
    ...freshAt(heard, circumstances),
    overlaps: true,
    others: [...presentAgent(state), ...state.others],
    deadlines: {
      ...state.deadlines,
      'agent-silence': nowMilliseconds + event.agent.lifetimeSeconds * 1000,
    },
  }
  return register(next, 'mn-aaa', circumstances)
}

/**
 * The new agent, or the home agent, has denied: the binding that serves is as it was, and the new agent is left alone.
 * Undefined when the agent of that binding is not heard any more.
 */
export function stayBound(state: NodeState, circumstances: Circumstances): Step | undefined {
  const bound = boundAgent(state, circumstances)
  const { boundTo, others, deadlines } = state
  const { 'registration-end': end } = deadlines
  if (!bound || !boundTo || end === undefined) return undefined
  const { nowMilliseconds } = circumstances
  const { retransmission: _, solicitation: __, ...rest } = deadlines
  const next: NodeState = {
    ...state,
    ...freshAt(withAgent(boundTo, bound), circumstances),
    phase: 'registered',
    overlaps: false,
    outstanding: undefined,
    others: [...presentAgent(state), ...others.filter((other) => other !== bound)],
    deadlines: {
      ...rest,
      'agent-silence': bound.untilMilliseconds,
      refresh: nowMilliseconds + (end - nowMilliseconds) / 2,
    },
  }
  return { next, actions: [] }
}

/** A new agent that does not answer may have carried the request all the same: the one in use is asked to have it undone. */
export function resendOrReturn(state: NodeState, circumstances: Circumstances): Step {
  const bound = state.overlaps ? boundAgent(state, circumstances) : undefined
  const { boundTo, outstanding } = state
  if (!bound || !boundTo || (outstanding?.attempt ?? 0) < retransmissionsBeside)
    return resend(state, circumstances)
  const next: NodeState = {
    ...state,
    others: [...presentAgent(state), ...state.others.filter((other) => other !== bound)],
    deadlines: { ...state.deadlines, 'agent-silence': bound.untilMilliseconds },
  }
  return registerAt(next, withAgent(boundTo, bound), 'mn-aaa', circumstances)
}

/** The agent of the binding that serves, if it is still heard beside the new one. */
function boundAgent(
  { boundTo, others }: NodeState,
  { nowMilliseconds }: Circumstances,
): OtherAgent | undefined {
  return others.find(
    ({ agent, untilMilliseconds }) =>
      boundTo?.agent !== undefined &&
      isSameAgent(agent, boundTo.agent) &&
      untilMilliseconds > nowMilliseconds,
  )
}

function withAgent(point: PointOfAttachment, { agent }: OtherAgent): PointOfAttachment {
  return { ...point, agent }
}

function presentAgent({ point, deadlines }: NodeState): OtherAgent[] {
  const untilMilliseconds = deadlines['agent-silence']
  return point?.agent && untilMilliseconds !== undefined ? [{ agent: point.agent, untilMilliseconds }] : []
}
