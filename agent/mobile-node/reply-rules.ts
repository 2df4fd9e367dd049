/** The rules of the registration machine about replies (RFC 5944, section 3.6.2); `reply-reaction.ts` has the table of codes. */
import { isAccepted } from '#wire/mobile-ip/reply-code.ts'
import { loseAgent, tryOther } from './move-detection.ts'
import { stayBound } from './overlapping-cells.ts'
import { attachAt, end, register, resend, solicit } from './registration-moves.ts'
import type { Circumstances, NodeEvent, NodeState, Step } from './registration-state.ts'
import { type Reaction, reactionTo } from './reply-reaction.ts'

type Replied = Circumstances<NodeEvent<'reply'>>

export function takeReply(state: NodeState, circumstances: Replied): Step {
  const { reply } = circumstances.event
  const next = { ...state, challenge: reply.challenge ?? state.challenge }
  if (!isAccepted(reply.code))
    return state.overlaps ? reactBeside(next, circumstances) : react(next, circumstances)
  return reply.lifetimeSeconds > 0 ? bind(next, circumstances) : { next, actions: [] }
}

function bind(state: NodeState, circumstances: Replied): Step {
  const { point, outstanding, terms } = state
  if (!point || !outstanding) return { next: state, actions: [] }
  const { reply } = circumstances.event
  const { homeAddress, homeAgent } = reply
  const { sentAtMilliseconds } = outstanding
  const granted = Math.min(reply.lifetimeSeconds, outstanding.lifetimeSeconds) * 1000
  const { retransmission: _, ...others } = state.deadlines
  const keyUntil = (lifetimeSeconds: number | undefined, before: number | undefined) =>
    lifetimeSeconds === undefined
      ? before
      : sentAtMilliseconds + (lifetimeSeconds || Number.POSITIVE_INFINITY) * 1000
  const next: NodeState = {
    ...state,
    phase: 'registered',
    boundTo: point,
    overlaps: false,
    home: { homeAddress, homeAgent },
    redirectedTo: undefined,
    refusedBy: [],
    outstanding: undefined,
    keyUntilMilliseconds: keyUntil(reply.keyLifetimeSeconds, state.keyUntilMilliseconds),
    foreignKeyUntilMilliseconds: keyUntil(reply.foreignKeyLifetimeSeconds, state.foreignKeyUntilMilliseconds),
    deadlines: {
      ...others,
      refresh: sentAtMilliseconds + granted / 2,
      'registration-end': sentAtMilliseconds + granted,
    },
  }
  // No driver of Linux writes the tunnel data header of RFC 3519: the binding is asked for again without UDP.
  if (reply.udpTunnel && terms) return register(withoutUdp(next), outstanding.proof, circumstances)
  return { next, actions: [attachAt(next, point, circumstances, reply.greKey)] }
}

function withoutUdp(state: NodeState): NodeState {
  return { ...state, terms: state.terms && { ...state.terms, udpTunnel: false } }
}

/** What is done about a denial; each reaction once for a registration. */
function react(state: NodeState, circumstances: Replied): Step {
  const { outstanding } = state
  const reaction = reactionTo(circumstances.event.reply.code)
  if (!outstanding || outstanding.tried.includes(reaction)) return { next: state, actions: [] }
  const tried = [...outstanding.tried, reaction]
  return act[reaction]({ ...state, outstanding: { ...outstanding, tried } }, circumstances)
}

/** A denial that can be answered here is; any other leaves the node with the agent that it has. */
function reactBeside(state: NodeState, circumstances: Replied): Step {
  const reaction = react(state, circumstances)
  const isAsked = reaction.actions.some(({ kind }) => kind === 'register')
  return isAsked && reaction.next.point === state.point
    ? reaction
    : (stayBound(state, circumstances) ?? reaction)
}

const act: Readonly<Record<Reaction, (state: NodeState, circumstances: Replied) => Step>> = {
  wait: (next) => ({ next, actions: [] }),

  'ask-home-server'(state, circumstances) {
    const next = { ...state, foreignKeyUntilMilliseconds: undefined }
    return state.outstanding?.proof === 'mn-ha'
      ? register(next, 'mn-aaa', circumstances)
      : { next, actions: [] }
  },

  'other-agent'(state, circumstances) {
    const { point } = state
    const refusedBy = point?.agent ? [...state.refusedBy, point.agent.address] : state.refusedBy
    const next = { ...state, refusedBy }
    return tryOther(next, circumstances) ?? { next, actions: [] }
  },

  search: loseAgent,

  'shorter-lifetime'(state, circumstances) {
    const { lifetimeSeconds } = circumstances.event.reply
    const { outstanding } = state
    if (!outstanding || lifetimeSeconds === 0 || lifetimeSeconds >= outstanding.lifetimeSeconds)
      return { next: state, actions: [] }
    return resend({ ...state, outstanding: { ...outstanding, lifetimeSeconds } }, circumstances)
  },

  'direct-delivery': (state, circumstances) =>
    state.terms?.reverseTunnel === 'encapsulating'
      ? resend({ ...state, terms: { ...state.terms, reverseTunnel: 'direct' } }, circumstances)
      : { next: state, actions: [] },

  'sole-binding': (state, circumstances) =>
    state.overlaps ? resend({ ...state, overlaps: false }, circumstances) : { next: state, actions: [] },

  'plain-encapsulation': (state, circumstances) =>
    state.terms?.encapsulation === 'gre'
      ? resend(
          { ...state, terms: { ...state.terms, encapsulation: 'ipip', greKey: undefined } },
          circumstances,
        )
      : { next: state, actions: [] },

  'reverse-tunnel': (state, circumstances) =>
    state.terms && state.terms.reverseTunnel === undefined
      ? resend({ ...state, terms: { ...state.terms, reverseTunnel: 'direct' } }, circumstances)
      : { next: state, actions: [] },

  'no-udp-tunnel': (state, circumstances) =>
    state.terms?.udpTunnel ? resend(withoutUdp(state), circumstances) : { next: state, actions: [] },

  'new-challenge': (state, circumstances) =>
    circumstances.event.reply.challenge ? resend(state, circumstances) : solicit(state, circumstances),

  resynchronise(state, circumstances) {
    const { identification } = circumstances.event.reply
    const again = resend(state, circumstances)
    return { ...again, actions: [{ kind: 'resynchronise', identification }, ...again.actions] }
  },

  'other-home-agent'(state, circumstances) {
    const { homeAgent, redirectedTo, code } = circumstances.event.reply
    if (code === 143)
      return redirectedTo ? resend({ ...state, redirectedTo }, circumstances) : act.wait(state, circumstances)
    const home = { homeAddress: circumstances.settings.homeAddress, homeAgent }
    return resend({ ...state, home }, circumstances)
  },
}

/** The home agent has no binding any more: the node is a host of its home link and nothing else. */
export function takeHomeReply(state: NodeState, circumstances: Replied): Step {
  const { point } = state
  if (!point) return { next: state, actions: [] }
  if (!isAccepted(circumstances.event.reply.code)) {
    const { outstanding } = state
    const byServer = outstanding && { ...outstanding, proof: 'mn-aaa' as const }
    return reactionTo(circumstances.event.reply.code) === 'ask-home-server'
      ? { next: { ...state, outstanding: byServer }, actions: [] }
      : react(state, circumstances)
  }
  const { retransmission: _, 'registration-end': __, ...deadlines } = state.deadlines
  const next: NodeState = {
    ...state,
    phase: 'at-home',
    boundTo: undefined,
    outstanding: undefined,
    keyUntilMilliseconds: undefined,
    deadlines,
  }
  // Once more, for until now the home agent answered for the home address.
  return { next, actions: [attachAt(next, point, circumstances)] }
}

/** Only the clock of the home agent is followed; else the node ends. */
export function takeLastReply(state: NodeState, circumstances: Replied): Step {
  const { code } = circumstances.event.reply
  const otherClock = code === 133 && !state.outstanding?.tried.includes('resynchronise')
  return otherClock
    ? react(state, circumstances)
    : end(state, isAccepted(code) ? 'deregistered' : 'unconfirmed')
}
