import { formatRate } from '#core/units.ts'
import { attributes, type Encodable } from './attribute.ts'
import { choice, s32, u32, u64 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { bytesPerSecond } from './tc-rate.ts'

/** Tins by DSCP: `CAKE_DIFFSERV_*` */
const differentiation = { diffserv3: 0, diffserv4: 1, diffserv8: 2, besteffort: 3, precedence: 4 } as const
/** Among what bandwidth is shared fairly: `CAKE_FLOW_*` */
const isolation = {
  flowblind: 0,
  srchost: 1,
  dsthost: 2,
  hosts: 3,
  flows: 4,
  'dual-srchost': 5,
  'dual-dsthost': 6,
  'triple-isolate': 7,
} as const
const framing = { noatm: 0, atm: 1, ptm: 2 } as const
const ackFilters = { 'no-ack-filter': 0, 'ack-filter': 1, 'ack-filter-aggressive': 2 } as const

/** Common applications kept enhanced: `TCA_CAKE_*` (linux/pkt_sched.h). Switches are 0 or 1. */
export const cakeAttributes = attributes({
  /** Bytes per second; 0: unlimited. */
  rate64: [2, 'TCA_CAKE_BASE_RATE64', u64],
  differentiation: [3, 'TCA_CAKE_DIFFSERV_MODE', choice(u32, differentiation)],
  framing: [4, 'TCA_CAKE_ATM', choice(u32, framing)],
  isolation: [5, 'TCA_CAKE_FLOW_MODE', choice(u32, isolation)],
  overheadBytes: [6, 'TCA_CAKE_OVERHEAD', s32],
  roundTripMicroseconds: [7, 'TCA_CAKE_RTT', u32],
  targetMicroseconds: [8, 'TCA_CAKE_TARGET', u32],
  automaticRate: [9, 'TCA_CAKE_AUTORATE', u32],
  memoryLimitBytes: [10, 'TCA_CAKE_MEMORY', u32],
  nat: [11, 'TCA_CAKE_NAT', u32],
  /** There: the kernel's sizes count as they are. */
  raw: [12, 'TCA_CAKE_RAW', u32],
  wash: [13, 'TCA_CAKE_WASH', u32],
  minimumPacketBytes: [14, 'TCA_CAKE_MPU', u32],
  ingress: [15, 'TCA_CAKE_INGRESS', u32],
  ackFilter: [16, 'TCA_CAKE_ACK_FILTER', choice(u32, ackFilters)],
  splitSegments: [17, 'TCA_CAKE_SPLIT_GSO', u32],
  fwMask: [18, 'TCA_CAKE_FWMARK', u32],
})

/** What is absent has the kernel's default, which is in brackets. */
export interface Cake {
  /** What is shaped to [unlimited]. */
  rateBitsPerSecond?: number | 'unlimited'
  /** Estimates the rate from what comes in. */
  automaticRate?: boolean
  /** How packets are put into tins by DSCP [diffserv3]. */
  differentiation?: keyof typeof differentiation
  /** [triple-isolate] */
  isolation?: keyof typeof isolation
  /** Looks behind network address translation for the hosts [false]. */
  nat?: boolean
  /** Clears the DSCP after looking at it [false]. */
  wash?: boolean
  /** Counts dropped packets as received, as fits behind a bottleneck [false]. */
  ingress?: boolean
  ackFilter?: keyof typeof ackFilters
  /** Splits segmented packets into those of the wire [true]. */
  splitSegments?: boolean
  /** A usual round-trip time [100 ms]; a twentieth of it may be waited. */
  roundTripMicroseconds?: number
  /** `atm` counts cells, `ptm` 65 bytes for every 64. */
  framing?: keyof typeof framing
  /** -64 to 256, added to each packet. */
  overheadBytes?: number
  /** Sizes as the kernel has them, without overhead. */
  raw?: true
  /** 0 to 256: what a shorter packet counts as. */
  minimumPacketBytes?: number
  memoryLimitBytes?: number
  /** The bits of the mark that name a tin, counted from 1. */
  fwMask?: number
}

/** The type of a qdisc, for `addQdisc`. Like `tc qdisc add ... cake bandwidth RATE`. */
export function cake({ rateBitsPerSecond: rate, automaticRate, raw, ...settings }: Cake = {}) {
  const { roundTripMicroseconds } = settings
  const asked = rate === undefined ? undefined : 0
  const flag = (value: boolean | undefined) => (value === undefined ? undefined : Number(value))
  return {
    kind: 'cake',
    options: {
      cake: {
        rate64: rate === undefined ? undefined : rate === 'unlimited' ? 0n : BigInt(bytesPerSecond(rate)),
        differentiation: settings.differentiation,
        framing: raw ? 'noatm' : settings.framing,
        isolation: settings.isolation,
        overheadBytes: raw ? 0 : settings.overheadBytes,
        raw: raw && 0,
        minimumPacketBytes: settings.minimumPacketBytes,
        roundTripMicroseconds,
        targetMicroseconds:
          roundTripMicroseconds === undefined
            ? undefined
            : Math.max(1, Math.floor(roundTripMicroseconds / 20)),
        automaticRate: flag(automaticRate) ?? asked,
        memoryLimitBytes: settings.memoryLimitBytes,
        fwMask: settings.fwMask,
        nat: flag(settings.nat),
        wash: flag(settings.wash),
        splitSegments: flag(settings.splitSegments),
        ingress: flag(settings.ingress),
        ackFilter: settings.ackFilter,
      },
    },
  } as const
}

export function renderCake(value: Encodable<typeof cakeAttributes>): Words {
  const { rate64, raw } = value
  const flag = (flagged: number | undefined, set: string, clear: string) =>
    flagged === undefined ? undefined : flagged === 0 ? clear : set
  return [
    rate64 === undefined
      ? undefined
      : rate64 === 0n
        ? 'unlimited'
        : `bandwidth ${formatRate(Number(rate64) * 8)}`,
    value.automaticRate ? 'autorate-ingress' : undefined,
    value.differentiation,
    value.isolation,
    flag(value.nat, 'nat', 'nonat'),
    flag(value.wash, 'wash', 'nowash'),
    flag(value.ingress, 'ingress', 'egress'),
    value.ackFilter,
    flag(value.splitSegments, 'split-gso', 'no-split-gso'),
    value.roundTripMicroseconds === undefined ? undefined : `rtt ${value.roundTripMicroseconds}us`,
    raw === undefined
      ? [value.framing, option('overhead', value.overheadBytes)]
      : ['raw', value.framing === 'noatm' ? undefined : value.framing],
    option('mpu', value.minimumPacketBytes),
    option('memlimit', value.memoryLimitBytes),
    value.fwMask === undefined ? undefined : `fwmark 0x${value.fwMask.toString(16)}`,
  ]
}
