/**
 * How a mobile node finds its point of attachment, registers, keeps the registration and follows its moves (RFC 5944, sections 2.4 and
 * 3.6). The RFC gives rules, not a table; the table is ours. A pair that is not in it changes nothing. `move-detection.ts` has the rules
 * about agents and addresses that come and go, `reply-rules.ts` those about replies.
 */
import {
  hearAgent,
  hearNothing,
  loseAddress,
  loseAgent,
  noteAddress,
  searchAfterMove,
  suspectMove,
  takeAddress,
  takeAgent,
} from './move-detection.ts'
import { resendOrReturn } from './overlapping-cells.ts'
import { deregister, end, lasts, register, resend, solicit } from './registration-moves.ts'
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
import { takeHomeReply, takeLastReply, takeReply } from './reply-rules.ts'

type Rule<Kind extends EventKind> = (state: NodeState, circumstances: Circumstances<NodeEvent<Kind>>) => Step
type Row = { readonly [Kind in EventKind]?: Rule<Kind> }

/** What holds in every phase that has a point of attachment. */
const attached: Row = {
  'carrier-lost': suspectMove,
  'carrier-found': searchAfterMove,
  'address-found': takeAddress,
  'address-lost': loseAddress,
  advertisement: hearAgent,
  'solicitation-due': solicit,
  'registration-over': loseBinding,
}

export const table: { readonly [Name in Phase]: Row } = {
  searching: {
    start: solicit,
    'carrier-lost': suspectMove,
    'carrier-found': searchAfterMove,
    'address-found': takeAddress,
    advertisement: takeAgent,
    'solicitation-due': solicit,
    'registration-over': loseBinding,
    stop: endAsIs,
  },
  registering: {
    ...attached,
    reply: takeReply,
    'retransmission-due': resendOrReturn,
    'agent-silent': loseAgent,
    stop: takeLeave,
  },
  registered: {
    ...attached,
    'refresh-due': refresh,
    'agent-silent': hearNothing,
    stop: takeLeave,
  },
  refreshing: {
    ...attached,
    reply: takeReply,
    'retransmission-due': resendRefresh,
    'agent-silent': hearNothing,
    stop: takeLeave,
  },
  returning: {
    ...attached,
    'address-found': noteAddress,
    'address-lost': noteAddress,
    reply: takeHomeReply,
    'retransmission-due': resend,
    'agent-silent': hearNothing,
    stop: endAsIs,
  },
  'at-home': {
    ...attached,
    'address-found': noteAddress,
    'address-lost': noteAddress,
    'agent-silent': hearNothing,
    stop: endAsIs,
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

/**
 * With the key of the home agent as long as that lasts for a good part of the lifetime, else by the home server; so too where the foreign
 * agent challenges and shares no key with the node (RFC 4721, section 3.1).
 */
function refresh(state: NodeState, circumstances: Circumstances): Step {
  const { nowMilliseconds, settings } = circumstances
  const needed = nowMilliseconds + (settings.lifetimeSeconds * 1000) / 2
  const answersChallenge =
    state.challenge === undefined || lasts(state.foreignKeyUntilMilliseconds, nowMilliseconds)
  const byKey = lasts(state.keyUntilMilliseconds, needed) && answersChallenge
  return register(state, byKey ? 'mn-ha' : 'mn-aaa', circumstances)
}

/** After that many unanswered tries the home server is asked. */
const refreshRetransmissions = 2

function resendRefresh(state: NodeState, circumstances: Circumstances): Step {
  const attempts = state.outstanding?.attempt ?? 0
  if (attempts < refreshRetransmissions) return resend(state, circumstances)
  // The foreign agent may have lost its key too, and then nothing of it could be believed.
  return register({ ...state, foreignKeyUntilMilliseconds: undefined }, 'mn-aaa', circumstances)
}

/** The binding is gone, and with it the keys and what was allocated. */
function loseBinding(state: NodeState, circumstances: Circumstances): Step {
  const { retransmission, ...others } = state.deadlines
  const next: NodeState = {
    ...state,
    boundTo: undefined,
    overlaps: false,
    home: undefined,
    keyUntilMilliseconds: undefined,
    foreignKeyUntilMilliseconds: undefined,
  }
  switch (state.phase) {
    case 'searching':
    case 'registering':
      return { next, actions: [{ kind: 'detach' }] }
    case 'returning':
    case 'at-home':
      // What the home agent has forgotten need not be taken back.
      return { next: { ...next, phase: 'at-home', outstanding: undefined, deadlines: others }, actions: [] }
    default: {
      const again = register(next, 'mn-aaa', circumstances)
      return { ...again, actions: [{ kind: 'detach' }, ...again.actions] }
    }
  }
}

function takeLeave(state: NodeState, circumstances: Circumstances): Step {
  const { boundTo, keyUntilMilliseconds = 0 } = state
  if (!boundTo) return end(state, 'without-binding')
  return keyUntilMilliseconds > circumstances.nowMilliseconds
    ? deregister(state, 'deregistering', 'mn-ha', circumstances)
    : end(state, 'unconfirmed')
}

/** Two tries of a second each. */
function resendLast(state: NodeState, circumstances: Circumstances): Step {
  return (state.outstanding?.attempt ?? 0) < 1 ? resend(state, circumstances) : end(state, 'unconfirmed')
}

function endAsIs(state: NodeState): Step {
  return end(state, state.boundTo ? 'unconfirmed' : 'without-binding')
}
