import type { Encodable } from './attribute.ts'
import { u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { struct } from './struct.ts'

/** First in, first out, up to a number of bytes: `struct tc_fifo_qopt` (linux/pkt_sched.h). */
export const bfifoOptions = struct('tc_fifo_qopt', { limitBytes: u32 })

/**
 * The type of a qdisc, for `addQdisc`; without a limit, the queue length of the interface times its MTU. Like `tc qdisc add ... bfifo
 * limit BYTES`.
 */
export function bfifo({ limitBytes }: { limitBytes?: number } = {}) {
  return { kind: 'bfifo', options: limitBytes === undefined ? undefined : { bfifo: { limitBytes } } }
}

export function renderBfifo({ limitBytes }: Encodable<typeof bfifoOptions>): Words {
  return [option('limit', limitBytes)]
}
