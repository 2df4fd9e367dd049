import { attributes, type Encodable } from './attribute.ts'
import { present, raw, u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
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
  offload: [9, 'TCA_HTB_OFFLOAD', present],
})

export interface HtbQdisc {
  /**
   * Minor number of the class for packets that no filter classifies. Absent: they are sent at once, unshaped.
   */
  defaultMinor?: number
  /** Quantum of a class that names none: its rate in bytes per second divided by this; 10 when absent. */
  rateToQuantum?: number
  /** How many unshaped packets may wait; the queue length of the interface when absent. */
  directQueueLength?: number
  /** Lets the interface shape, where its driver can. */
  offload?: boolean
}

/** The type of a qdisc, for `addQdisc`. Like `tc qdisc add ... htb default MINOR r2q N direct_qlen N offload`. */
export function htbQdisc(settings: HtbQdisc = {}) {
  const { defaultMinor = 0, rateToQuantum = 10, directQueueLength, offload } = settings
  return {
    kind: 'htb',
    options: {
      htb: {
        init: { version: 3, rateToQuantum, defaultMinor },
        directQueueLength,
        offload: offload ? true : undefined,
      },
    },
  } as const
}

export function renderHtbQdisc({
  init,
  directQueueLength,
  offload,
}: Encodable<typeof htbQdiscAttributes>): Words {
  return [
    init?.defaultMinor ? `default 0x${init.defaultMinor.toString(16)}` : undefined,
    init?.rateToQuantum !== undefined && init.rateToQuantum !== 10 ? `r2q ${init.rateToQuantum}` : undefined,
    option('direct_qlen', directQueueLength),
    offload && 'offload',
  ]
}
