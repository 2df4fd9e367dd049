import { NLM_F } from './message.ts'

/**
 * What `tc` calls the flags of a message that makes something. Unlike in `ip`, a class or filter is replaced
 * without NLM_F_REPLACE.
 */
export const tcVerbFlags = { add: NLM_F.CREATE | NLM_F.EXCL, replace: NLM_F.CREATE, change: 0 } as const

/** `tc filter delete`, by the flags and by the number of the message: makes, deletes, asks. */
export function tcCommand(
  object: 'qdisc' | 'class' | 'filter' | 'chain',
  type: number,
  flags: number,
): string {
  const asks = flags & NLM_F.DUMP || object === 'qdisc' || object === 'class' ? 'show' : 'get'
  return `tc ${object} ${[madeBy(flags), 'delete', asks][type % 4] ?? asks}`
}

function madeBy(flags: number): keyof typeof tcVerbFlags {
  if (flags & NLM_F.EXCL) return 'add'
  return flags & NLM_F.CREATE ? 'replace' : 'change'
}
