import type { Encodable } from './attribute.ts'
import { u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { struct } from './struct.ts'

/** First in, first out, up to a number of packets: `struct tc_fifo_qopt` (linux/pkt_sched.h). */
export const pfifoOptions = struct('tc_fifo_qopt', { limitPackets: u32 })

/** The type of a qdisc, for `addQdisc`; without a limit, the queue length of the interface. Like `tc qdisc add ... pfifo limit N`. */
export function pfifo({ limitPackets }: { limitPackets?: number } = {}) {
  return { kind: 'pfifo', options: limitPackets === undefined ? undefined : { pfifo: { limitPackets } } }
}

export function renderPfifo({ limitPackets }: Encodable<typeof pfifoOptions>): Words {
  return [option('limit', limitPackets)]
}
