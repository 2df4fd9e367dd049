import { attributes } from './attribute.ts'

/**
 * The older form of clsact, without an egress: it only gives filters a place, and has no options (net/sched/sch_ingress.c).
 */
export const ingressAttributes = attributes({})

/** The type of a qdisc, for `addQdisc` with parent `clsact`, which is its place too. Like `tc qdisc add dev DEVICE ingress`. */
export function ingressQdisc() {
  return { kind: 'ingress' }
}
