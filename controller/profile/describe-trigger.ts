import { formatDuration, formatSize } from '#core/units.ts'
import { clearBelowOf, type Link, type Trigger, thresholdOf } from './trigger.ts'

/** For people: what the trigger waits for. The same trigger always reads the same, so that it makes no new revision. */
export function describeTrigger(trigger: Trigger): string {
  if ('all' in trigger) return trigger.all.map(describePart).join(' and ')
  if ('any' in trigger) return trigger.any.map(describePart).join(' or ')
  if ('not' in trigger) return `not ${describePart(trigger.not)}`
  if ('authentication' in trigger) return describeAuthentication(trigger.authentication)
  if ('authorization' in trigger) return 'more was requested than is granted'
  if ('volume' in trigger) {
    const { at = 1, exceeds, direction, per } = trigger.volume
    const part = at === 1 ? '' : `${percent(at)} of `
    const way = direction === 'both' ? 'data' : direction
    return `more than ${part}${formatSize(exceeds)} of ${way} in this ${per}`
  }
  if ('time' in trigger)
    return `connected for ${formatDuration(trigger.time.exceeds)} in this ${trigger.time.per}`
  if ('balance' in trigger) return `balance below ${trigger.balance.below}`
  if ('clock' in trigger) {
    const { from, to, days, timeZone } = trigger.clock
    return `from ${from} to ${to}${days ? ` on ${days.join(', ')}` : ''} in ${timeZone}`
  }
  if ('location' in trigger)
    return 'domain' in trigger.location
      ? `in ${trigger.location.domain}`
      : `at ${trigger.location.foreignAgent}`
  if ('network' in trigger) return describeLink(trigger.network)
  const { translation } = trigger
  return translation.event === 'pool-above'
    ? `${percent(translation.above)} of the translation pool taken`
    : `address translation: ${translation.event}`
}

function describePart(trigger: Trigger): string {
  const text = describeTrigger(trigger)
  return 'all' in trigger || 'any' in trigger || 'not' in trigger ? `(${text})` : text
}

function describeAuthentication(
  authentication: Extract<Trigger, { authentication: unknown }>['authentication'],
): string {
  if ('failures' in authentication)
    return `${authentication.failures} failed authentications within ${formatDuration(authentication.within)}`
  return 'secondLocation' in authentication ? 'registered at a second location' : 're-authentication is due'
}

function describeLink(link: Link): string {
  const name = link.link ?? 'a link on the way'
  const time = link.for === undefined ? '' : ` for ${formatDuration(link.for)}`
  if ('down' in link) return `${name} down${time}`
  const value = (of: number) => ('utilization' in link ? percent(of) : `${of} drops a second`)
  const until = clearBelowOf(link) < thresholdOf(link) ? `, until below ${value(clearBelowOf(link))}` : ''
  return `${name} at ${value(thresholdOf(link))}${time}${until}`
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 1000) / 10}%`
}
