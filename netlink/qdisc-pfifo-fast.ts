import { prioParameters } from './qdisc-prio.ts'

/** Three bands by priority, the kernel's usual default. It takes no options; answers have `struct tc_prio_qopt` (linux/pkt_sched.h). */
export const pfifoFastOptions = prioParameters

/** The type of a qdisc, for `addQdisc`. Like `tc qdisc add ... pfifo_fast`. */
export function pfifoFast() {
  return { kind: 'pfifo_fast' }
}
