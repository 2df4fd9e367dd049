import { attributes, type Encodable } from './attribute.ts'
import { raw, u32 } from './attribute-type.ts'
import type { Words } from './command-line.ts'
import { struct } from './struct.ts'

/** Hierarchical token bucket, the qdisc: `TCA_HTB_*` and `struct tc_htb_glob` (linux/pkt_sched.h). */
export const htbQdiscAttributes = attributes({
  init: [
    2,
    'TCA_HTB_INIT',
    struct('tc_htb_glob', {
      /** The kernel takes 3 only. */
      version: u32,
      rateToQuantum: u32,
      /** Minor number of the class for packets that no filter classifies; 0 sends them at once, unshaped. */
      defaultMinor: u32,
      debug: u32,
      /** In answers: how many packets went unshaped. */
      directPackets: u32,
    }),
  ],
  rateTable: [4, 'TCA_HTB_RTAB', raw],
  directQueueLength: [5, 'TCA_HTB_DIRECT_QLEN', u32],
})

export interface HtbQdisc {
  /**
   * Minor number of the class for packets that no filter classifies. Absent: they are sent at once, unshaped.
   */
  defaultMinor?: number
  /** Quantum of a class that names none: its rate in bytes per second divided by this; 10 when absent. */
  rateToQuantum?: number
}

/** The type of a qdisc, for `addQdisc`. Like `tc qdisc add ... htb default MINOR`. */
export function htbQdisc({ defaultMinor = 0, rateToQuantum = 10 }: HtbQdisc = {}) {
  return { kind: 'htb', options: { htb: { init: { version: 3, rateToQuantum, defaultMinor } } } }
}

export function renderHtbQdisc({ init }: Encodable<typeof htbQdiscAttributes>): Words {
  return [
    init?.defaultMinor ? `default 0x${init.defaultMinor.toString(16)}` : undefined,
    init?.rateToQuantum !== undefined && init.rateToQuantum !== 10 ? `r2q ${init.rateToQuantum}` : undefined,
  ]
}
