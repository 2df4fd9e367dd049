/** Whether a trigger holds at one instant: pure, without the course of time, which is evaluation.ts. */
import { isInWindow, startOf, startOfNext, windowChangesAt } from './clock-window.ts'
import { type ConditionState, type Facts, type PeriodUsage, type SignalEvent, staleAt } from './facts.ts'
import { type Band, stepHysteresis } from './hysteresis.ts'
import { clearBelowOf, type Leaf, type Link, type Trigger, thresholdOf } from './trigger.ts'

export interface Look {
  facts: Facts
  /** Of the condition, before. */
  state: Pick<ConditionState, 'bands' | 'standing'>
  /** When authentications failed, by event id. */
  failures: Readonly<Record<string, number>>
  /** The instant: milliseconds since 1970. */
  at: number
  /** What happens at that instant. Without an event this is a look at how things are. */
  event?: SignalEvent
}

export interface Judgement {
  /** Whether a condition becomes met by it ... */
  starts: boolean
  /** ... and whether one that is met stays so: an event is over at once, what it has brought may last. */
  stays: boolean
  /** When it can be different though no fact changes; Infinity: never. */
  changesAt: number
  bands: ConditionState['bands']
  standing: ConditionState['standing']
}

/** @param place where the trigger stands in `when`: the name under which its state is kept */
export function judge(trigger: Trigger, look: Look, place = 'when'): Judgement {
  if ('not' in trigger) {
    const inner = judge(trigger.not, look, `${place}.not`)
    return { ...inner, starts: !inner.stays, stays: !inner.stays }
  }
  if ('all' in trigger) return joinParts('all', trigger.all, look, place)
  if ('any' in trigger) return joinParts('any', trigger.any, look, place)
  return { bands: {}, standing: {}, ...judgeLeaf(trigger, look, place) }
}

/** Whether an event of that kind can make the trigger hold. */
export function heeds(trigger: Trigger, kind: SignalEvent['kind']): boolean {
  if ('not' in trigger) return false
  if ('all' in trigger) return trigger.all.some((part) => heeds(part, kind))
  if ('any' in trigger) return trigger.any.some((part) => heeds(part, kind))
  if ('authorization' in trigger) return kind === 'authorization-request'
  if ('translation' in trigger) return trigger.translation.event === kind
  if (!('authentication' in trigger)) return false
  if ('failures' in trigger.authentication) return kind === 'authentication-failure'
  return 'secondLocation' in trigger.authentication && kind === 'second-location'
}

function joinParts(how: 'all' | 'any', parts: readonly Trigger[], look: Look, place: string): Judgement {
  const found = parts.map((part, index) => judge(part, look, `${place}.${how}.${index}`))
  const hold = (key: 'starts' | 'stays') =>
    how === 'all' ? found.every((part) => part[key]) : found.some((part) => part[key])
  return {
    starts: hold('starts'),
    stays: hold('stays'),
    changesAt: Math.min(...found.map(({ changesAt }) => changesAt)),
    bands: Object.assign({}, ...found.map(({ bands }) => bands)),
    standing: Object.assign({}, ...found.map(({ standing }) => standing)),
  }
}

type LeafJudgement = Pick<Judgement, 'starts' | 'stays' | 'changesAt'> & Partial<Judgement>

function judgeLeaf(leaf: Leaf, look: Look, place: string): LeafJudgement {
  const { facts, at } = look
  if ('authentication' in leaf) return judgeAuthentication(leaf.authentication, look, place)
  if ('authorization' in leaf) {
    const { event } = look
    return signal(event?.kind === 'authorization-request' && event.beyondGrant, look, place)
  }
  if ('volume' in leaf) return judgeVolume(leaf.volume, facts, at)
  if ('time' in leaf) return judgeTime(leaf.time, facts, at)
  if ('balance' in leaf) return judgeBalance(leaf.balance, facts, at)
  if ('clock' in leaf)
    return level(isInWindow(leaf.clock, at), look.event ? Infinity : windowChangesAt(leaf.clock, at))
  if ('location' in leaf)
    return level(
      'domain' in leaf.location
        ? facts.session?.domain === leaf.location.domain
        : facts.session !== undefined && facts.session.foreignAgent === leaf.location.foreignAgent,
    )
  if ('network' in leaf) return judgeLink(leaf.network, look, place)
  const { translation } = leaf
  if (translation.event === 'mapping-created')
    return signal(
      look.event?.kind === 'mapping-created',
      look,
      place,
      () => (facts.translation?.mappings ?? 0) > 0,
    )
  if (translation.event !== 'pool-above') return signal(look.event?.kind === translation.event, look, place)
  const { above, clearBelow = above } = translation
  const band = { threshold: above, clearBelow, forMilliseconds: 0, clearAfterMilliseconds: 0 }
  return inBand(band, facts.translation && { value: facts.translation.poolUsed, at }, look, place)
}

function level(holds: boolean, changesAt = Infinity): LeafJudgement {
  return { starts: holds, stays: holds, changesAt }
}

/**
 * What an event has brought lasts to the end of the session in which it came, unless there is better to go by.
 */
function signal(
  happens: boolean,
  { facts, state }: Look,
  place: string,
  lasts = (session: string) => session === facts.session?.id,
): LeafJudgement {
  const began = happens ? (facts.session?.id ?? '') : state.standing[place]
  const stays = began !== undefined && (happens || lasts(began))
  return { starts: happens, stays, changesAt: Infinity, standing: stays ? { [place]: began } : {} }
}

function judgeAuthentication(
  authentication: Extract<Leaf, { authentication: unknown }>['authentication'],
  look: Look,
  place: string,
): LeafJudgement {
  const { facts, at } = look
  if ('secondLocation' in authentication) return signal(look.event?.kind === 'second-location', look, place)
  if ('reauthenticationDue' in authentication) {
    const due = facts.session?.authenticatedUntil ?? Infinity
    return level(at >= due, due > at ? due : Infinity)
  }
  const { failures, within } = authentication
  const newestFirst = Object.values(look.failures)
    .filter((time) => time <= at)
    .sort((a, b) => b - a)
  const forgotten = (newestFirst[failures - 1] ?? -Infinity) + within
  return at < forgotten ? level(true, forgotten) : level(false)
}

function judgeVolume(
  { exceeds, at: part = 1, direction, per }: Extract<Leaf, { volume: unknown }>['volume'],
  { usage, session, timeZone }: Facts,
  at: number,
): LeafJudgement {
  if (
    usage === undefined ||
    (per === 'session' ? session === undefined : usage.at < startOf(per, at, timeZone))
  )
    return level(false)
  const holds = bytesOf(usage[per], direction) > exceeds * part
  return level(holds, holds && per !== 'session' ? startOfNext(per, at, timeZone) : Infinity)
}

function bytesOf(
  { downlinkBytes, uplinkBytes }: PeriodUsage,
  direction: 'downlink' | 'uplink' | 'both',
): number {
  switch (direction) {
    case 'downlink':
      return downlinkBytes
    case 'uplink':
      return uplinkBytes
    case 'both':
      return downlinkBytes + uplinkBytes
  }
}

/** Where time costs, the moment can be foretold at which the balance is too low. */
function judgeBalance(
  { below }: Extract<Leaf, { balance: unknown }>['balance'],
  { balance, balancePerMillisecond: spent = 0 }: Facts,
  at: number,
): LeafJudgement {
  if (balance === undefined) return level(false)
  if (balance < below) return level(true)
  const lasts = Math.floor((balance - below) / spent) + 1
  return level(false, lasts < longestForetold ? at + lasts : Infinity)
}

/** In milliseconds: a century. */
const longestForetold = 100 * 365 * 86_400_000

/** A session that is open goes on being connected, so that the time at which it is too long can be foretold. */
function judgeTime(
  { exceeds, per }: Extract<Leaf, { time: unknown }>['time'],
  { usage, session, timeZone }: Facts,
  at: number,
): LeafJudgement {
  if (per === 'session') {
    const end = (session?.startedAt ?? Infinity) + exceeds
    return level(at >= end, end > at ? end : Infinity)
  }
  const began = startOf(per, at, timeZone)
  const counted =
    usage === undefined || usage.at < began
      ? { milliseconds: 0, at: Math.max(began, session?.startedAt ?? began) }
      : { milliseconds: usage[per].connectedMilliseconds, at: usage.at }
  const connected = counted.milliseconds + (session ? Math.max(0, at - counted.at) : 0)
  const next = startOfNext(per, at, timeZone)
  if (connected >= exceeds) return level(true, next)
  return level(false, session ? Math.min(next, at + exceeds - connected) : Infinity)
}

function judgeLink(link: Link, look: Look, place: string): LeafJudgement {
  const { for: forMilliseconds = 0, clearAfter = forMilliseconds } = link
  const band = {
    threshold: thresholdOf(link),
    clearBelow: clearBelowOf(link),
    forMilliseconds,
    clearAfterMilliseconds: clearAfter,
  }
  const known = Object.entries(look.facts.links ?? {})
    .filter(([name]) => link.link === undefined || name === link.link)
    .map(([, state]) => state)
    .filter((state) => staleAt(state) > look.at)
  const samples = known.map(({ at, up, utilization, dropsPerSecond }) => {
    if ('utilization' in link) return { value: utilization, at }
    return { value: 'drops' in link ? dropsPerSecond : Number(!up), at }
  })
  const worst = samples.toSorted((a, b) => b.value - a.value || a.at - b.at)[0]
  const judged = inBand(band, worst, look, place)
  return { ...judged, changesAt: Math.min(judged.changesAt, ...known.map(staleAt)) }
}

/** Without a sample (the subscriber is not on that link, or nobody has reported it of late) nothing is over. Events do not move a band. */
function inBand(
  band: Band,
  sample: { value: number; at: number } | undefined,
  { state, at, event }: Look,
  place: string,
): LeafJudgement {
  const before = state.bands[place] ?? { over: false }
  if (event) return { ...level(before.over), bands: { [place]: before } }
  if (sample === undefined) return level(false)
  const { next, changesAt } = stepHysteresis(before, band, sample, at)
  return { ...level(next.over, changesAt), bands: { [place]: next } }
}
