import { attributes } from './attribute.ts'
import { tcHandle } from './tc-handle.ts'

/**
 * clsact has no options: it only gives filters a place at an interface's ingress and egress
 * (net/sched/sch_ingress.c).
 */
export const clsactOptions = attributes({})

/** The only handle that a clsact qdisc can have. */
export const clsactHandle = tcHandle(0xffff)

/** The type of a qdisc, for `addQdisc` with parent `clsact`. Like `tc qdisc add dev DEVICE clsact`. */
export function clsact() {
  return { kind: 'clsact' }
}
