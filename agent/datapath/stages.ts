import type { NetlinkRequest } from '#netlink/message.ts'
import type { Step } from './holdings.ts'
import { messagesFor } from './kernel-object-message.ts'
import type { Held } from './read-back.ts'

/** Where something is new and something else changes, the new comes ahead. */
export function inStages(steps: readonly Step[]): { ahead: readonly Step[]; last: readonly Step[] } {
  const added = steps.filter(({ before }) => before === undefined)
  const changed = steps.filter(({ before }) => before !== undefined)
  return added.length > 0 && changed.length > 0 ? { ahead: added, last: changed } : { ahead: [], last: steps }
}

/** The message that carries out a step; of its answer only the acknowledgement counts. */
export function making({ object, before }: Step): NetlinkRequest<Held> {
  return acknowledged(messagesFor(object)[before ? 'change' : 'add'])
}

function acknowledged(request: NetlinkRequest): NetlinkRequest<Held> {
  return { ...request, answer: () => ({}) }
}
