import { actionTimes } from './action-times.ts'
import { genericAction, renderVerdict, type Verdict } from './action-verdict.ts'
import { attributes, type Encodable } from './attribute.ts'
import { be16, ipAddress, u16, u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'

/** Bits of `TCA_CT_ACTION` (linux/tc_act/tc_ct.h). */
const actionBits = { commit: 1, force: 2, clear: 4, nat: 8, source: 16, destination: 32 } as const

/** Connection tracking, and stateful translation of addresses and ports: `TCA_CT_*` (linux/tc_act/tc_ct.h). */
export const ctAttributes = attributes({
  parameters: [1, 'TCA_CT_PARMS', genericAction],
  times: [2, 'TCA_CT_TM', actionTimes],
  action: [3, 'TCA_CT_ACTION', u16],
  zone: [4, 'TCA_CT_ZONE', u16],
  mark: [5, 'TCA_CT_MARK', u32],
  markMask: [6, 'TCA_CT_MARK_MASK', u32],
  firstAddress: [9, 'TCA_CT_NAT_IPV4_MIN', ipAddress],
  lastAddress: [10, 'TCA_CT_NAT_IPV4_MAX', ipAddress],
  firstAddress6: [11, 'TCA_CT_NAT_IPV6_MIN', ipAddress],
  lastAddress6: [12, 'TCA_CT_NAT_IPV6_MAX', ipAddress],
  firstPort: [13, 'TCA_CT_NAT_PORT_MIN', be16],
  lastPort: [14, 'TCA_CT_NAT_PORT_MAX', be16],
})

/** What the packets of a connection get instead of their own. */
export interface NewAddress {
  end: 'source' | 'destination'
  firstAddress: string
  /** As the first when absent. */
  lastAddress?: string
  ports?: { first: number; last: number }
}

export interface Ct {
  /** Connections of different zones know nothing of each other; 0 when absent. */
  zone?: number
  /** Whether a connection that is not known yet becomes known. */
  commit?: boolean
  /** Of a connection that becomes known: all bits. */
  mark?: number
  /**
   * `as before`: what the first packet of the connection got, and its reverse for the answers. An address: that, for a connection that
   * is not known yet; IPv4.
   */
  nat?: 'as before' | NewAddress
  /** `pipe` when absent, as with `tc`. */
  verdict?: Verdict
}

/** Like `action ct commit zone N mark M nat src addr A-B port P-Q`. */
export function ct({ zone, commit = false, mark, nat, verdict = 'pipe' }: Ct) {
  const range = typeof nat === 'object' ? nat : undefined
  const action =
    (commit ? actionBits.commit : 0) |
    (nat === undefined ? 0 : actionBits.nat) |
    (range === undefined ? 0 : actionBits[range.end])
  return {
    kind: 'ct',
    options: {
      ct: {
        parameters: { verdict },
        action,
        zone,
        mark,
        markMask: mark === undefined ? undefined : 0xffffffff,
        firstAddress: range?.firstAddress,
        lastAddress: range && (range.lastAddress ?? range.firstAddress),
        firstPort: range?.ports?.first,
        lastPort: range?.ports?.last,
      },
    },
  }
}

export function renderCt(value: Encodable<typeof ctAttributes>): Words {
  const { action = 0, firstAddress, lastAddress, firstPort, lastPort } = value
  const has = (bit: keyof typeof actionBits) => (action & actionBits[bit]) !== 0
  return [
    has('commit') && 'commit',
    has('force') && 'force',
    has('clear') && 'clear',
    option('zone', value.zone || undefined),
    option('mark', value.mark),
    has('nat') && 'nat',
    has('source') && 'src',
    has('destination') && 'dst',
    option('addr', range(firstAddress, lastAddress)),
    option('port', range(firstPort, lastPort)),
    renderVerdict(value.parameters, 'pipe'),
  ]
}

function range(first: string | number | undefined, last: string | number | undefined): string | undefined {
  if (first === undefined) return undefined
  return last === undefined || last === first ? String(first) : `${first}-${last}`
}
