/**
 * How a mobile node finds an agent, registers, keeps the registration and follows its moves (RFC 5944, sections 2.4 and 3.6). The RFC
 * gives rules, not a table; the table is ours. A pair that is not in it changes nothing. A move is taken for granted when an agent
 * other than the known one is heard after the carrier changed, or when the known one has fallen silent (section 2.4.2.1).
 */
import { isAccepted } from '#wire/mobile-ip/reply-code.ts'
import { hasRestarted, isSameAgent } from './agent-discovery.ts'
import { deregister, end, register, resend, solicit } from './registration-moves.ts'
import {
  type Circumstances,
  deadlines,
  type EventKind,
  eventOfDeadline,
  type NodeEvent,
  type NodeSettings,
  type NodeState,
  type Phase,
  type Step,
} from './registration-state.ts'

type Rule<Kind extends EventKind> = (state: NodeState, circumstances: Circumstances<NodeEvent<Kind>>) => Step
type Row = { readonly [Kind in EventKind]?: Rule<Kind> }

/** What holds in every phase that has an agent. */
const withAgent: Row = {
  'carrier-lost': suspectMove,
  'carrier-found': searchAfterMove,
  advertisement: hearAgent,
  'solicitation-due': solicit,
  'registration-over': loseBinding,
}

export const table: { readonly [Name in Phase]: Row } = {
  searching: {
    start: solicit,
    'carrier-lost': suspectMove,
    'carrier-found': searchAfterMove,
    advertisement: takeAgent,
    'solicitation-due': solicit,
    'registration-over': loseBinding,
    stop: endAsIs,
  },
  registering: {
    ...withAgent,
    reply: takeReply,
    'retransmission-due': resend,
    'agent-silent': loseAgent,
    stop: takeLeave,
  },
  registered: {
    ...withAgent,
    'refresh-due': refresh,
    'agent-silent': searchAfterMove,
    stop: takeLeave,
  },
  refreshing: {
    ...withAgent,
    reply: takeReply,
    'retransmission-due': resendRefresh,
    'agent-silent': searchAfterMove,
    stop: takeLeave,
  },
  deregistering: {
    reply: takeLastReply,
    'retransmission-due': resendLast,
  },
  ended: {},
}

/** One step: the state after an event, and what is to be done. */
export function step(
  state: NodeState,
  event: NodeEvent,
  nowMilliseconds: number,
  settings: NodeSettings,
): Step {
  // The row's rule for this kind takes this kind of event.
  const rule = table[state.phase][event.kind] as Rule<EventKind> | undefined
  const before = withoutDeadlineOf(event, state)
  return rule ? rule(before, { event, nowMilliseconds, settings }) : { next: before, actions: [] }
}

/** A deadline that is reported has passed, whatever comes of it. */
function withoutDeadlineOf({ kind }: NodeEvent, state: NodeState): NodeState {
  const passed = deadlines.find((name) => eventOfDeadline[name] === kind)
  if (passed === undefined) return state
  const { [passed]: _, ...others } = state.deadlines
  return { ...state, deadlines: others }
}

function suspectMove(state: NodeState): Step {
  const { solicitation: _, ...others } = state.deadlines // nothing can be sent without a carrier
  return { next: { ...state, moved: true, deadlines: others }, actions: [] }
}

function searchAfterMove(state: NodeState, circumstances: Circumstances): Step {
  return solicit({ ...state, moved: true, solicitations: 0 }, circumstances)
}

function takeAgent(state: NodeState, circumstances: Circumstances<NodeEvent<'advertisement'>>): Step {
  return circumstances.event.agent.busy
    ? { next: state, actions: [] }
    : register(state, 'mn-aaa', circumstances)
}

function hearAgent(state: NodeState, circumstances: Circumstances<NodeEvent<'advertisement'>>): Step {
  const { agent: heard } = circumstances.event
  const known = state.agent
  if (!known || !isSameAgent(known, heard))
    return state.moved ? takeAgent(state, circumstances) : { next: state, actions: [] }
  if (hasRestarted(known, heard)) return register(state, 'mn-aaa', circumstances)
  return hearKnownAgent(state, circumstances)
}

/** The agent is still there. What was sent while the carrier came and went is sent again. */
function hearKnownAgent(state: NodeState, circumstances: Circumstances<NodeEvent<'advertisement'>>): Step {
  const { agent } = circumstances.event
  const { solicitation: _, ...others } = state.deadlines
  const next = {
    ...state,
    agent,
    moved: false,
    solicitations: 0,
    deadlines: {
      ...others,
      'agent-silence': circumstances.nowMilliseconds + agent.lifetimeSeconds * 1000,
    },
  }
  return state.moved && state.outstanding ? resend(next, circumstances) : { next, actions: [] }
}

function takeReply(state: NodeState, circumstances: Circumstances<NodeEvent<'reply'>>): Step {
  const { agent, outstanding } = state
  const { reply } = circumstances.event
  if (!agent || !outstanding) return { next: state, actions: [] }
  if (isAccepted(reply.code) && reply.lifetimeSeconds > 0) return bind(state, circumstances)
  if (reply.code === 133 && !outstanding.resynchronised) {
    const step = resend({ ...state, outstanding: { ...outstanding, resynchronised: true } }, circumstances)
    return {
      ...step,
      actions: [{ kind: 'resynchronise', identification: reply.identification }, ...step.actions],
    }
  }
  if (reply.code === 69 && reply.lifetimeSeconds > 0 && reply.lifetimeSeconds < outstanding.lifetimeSeconds) {
    const { lifetimeSeconds } = reply
    return resend({ ...state, outstanding: { ...outstanding, lifetimeSeconds } }, circumstances)
  }
  // The agents may have lost what the key belongs to: the home server can tell.
  if (outstanding.proof === 'mn-ha') return register(state, 'mn-aaa', circumstances)
  return { next: state, actions: [] } // the retransmission that is due later asks again
}

function bind(state: NodeState, { event }: Circumstances<NodeEvent<'reply'>>): Step {
  const { agent, outstanding } = state
  if (!agent || !outstanding) return { next: state, actions: [] }
  const { reply } = event
  const { sentAtMilliseconds } = outstanding
  const granted = Math.min(reply.lifetimeSeconds, outstanding.lifetimeSeconds) * 1000
  const { retransmission: _, ...others } = state.deadlines
  const next: NodeState = {
    ...state,
    phase: 'registered',
    boundTo: agent,
    outstanding: undefined,
    keyUntilMilliseconds:
      reply.keyLifetimeSeconds === undefined
        ? state.keyUntilMilliseconds
        : sentAtMilliseconds + (reply.keyLifetimeSeconds || Number.POSITIVE_INFINITY) * 1000,
    deadlines: {
      ...others,
      refresh: sentAtMilliseconds + granted / 2,
      'registration-end': sentAtMilliseconds + granted,
    },
  }
  return { next, actions: [{ kind: 'attach', agent }] }
}

/** With the key of the home agent as long as that lasts for a good part of the lifetime, else by the home server. */
function refresh(state: NodeState, circumstances: Circumstances): Step {
  const { nowMilliseconds, settings } = circumstances
  const needed = nowMilliseconds + (settings.lifetimeSeconds * 1000) / 2
  const lasts = state.keyUntilMilliseconds !== undefined && state.keyUntilMilliseconds >= needed
  return register(state, lasts ? 'mn-ha' : 'mn-aaa', circumstances)
}

/** After that many unanswered tries the home server is asked. */
const refreshRetransmissions = 2

function resendRefresh(state: NodeState, circumstances: Circumstances): Step {
  const attempts = state.outstanding?.attempt ?? 0
  return attempts < refreshRetransmissions
    ? resend(state, circumstances)
    : register(state, 'mn-aaa', circumstances)
}

function loseBinding(state: NodeState, circumstances: Circumstances): Step {
  const next = { ...state, boundTo: undefined, keyUntilMilliseconds: undefined }
  if (state.phase === 'searching' || state.phase === 'registering')
    return { next, actions: [{ kind: 'detach' }] }
  const again = register(next, 'mn-aaa', circumstances)
  return { ...again, actions: [{ kind: 'detach' }, ...again.actions] }
}

function loseAgent(state: NodeState, circumstances: Circumstances): Step {
  const { retransmission: _, 'agent-silence': __, ...deadlines } = state.deadlines
  const next: NodeState = {
    ...state,
    phase: 'searching',
    agent: undefined,
    outstanding: undefined,
    deadlines,
  }
  return searchAfterMove(next, circumstances)
}

function takeLeave(state: NodeState, circumstances: Circumstances): Step {
  const { boundTo, keyUntilMilliseconds = 0 } = state
  const hasKey = keyUntilMilliseconds > circumstances.nowMilliseconds
  if (!boundTo) return end(state, 'without-binding')
  return hasKey ? deregister(state, circumstances) : end(state, 'unconfirmed')
}

/** Two tries of a second each. */
function resendLast(state: NodeState, circumstances: Circumstances): Step {
  return (state.outstanding?.attempt ?? 0) < 1 ? resend(state, circumstances) : end(state, 'unconfirmed')
}

function takeLastReply(state: NodeState, circumstances: Circumstances<NodeEvent<'reply'>>): Step {
  const { code } = circumstances.event.reply
  const otherClock = code === 133 && state.outstanding?.resynchronised === false
  return otherClock
    ? takeReply(state, circumstances)
    : end(state, isAccepted(code) ? 'deregistered' : 'unconfirmed')
}

function endAsIs(state: NodeState): Step {
  return end(state, state.boundTo ? 'unconfirmed' : 'without-binding')
}
