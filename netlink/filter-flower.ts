import { actionAttributes, type NewAction, renderAction } from './action.ts'
import { attributes, type Encodable } from './attribute.ts'
import { arrayOf } from './attribute-array.ts'
import { be16, be32, choice, ipAddress, linkAddress, text, u8, u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { parsePrefix } from './ip-address.ts'
import { renderTcHandle } from './tc-handle.ts'

const ipProtocols = { icmp: 1, tcp: 6, udp: 17, sctp: 132 } as const

/** Classification by fields of the packet, found by hash: `TCA_FLOWER_*` (linux/pkt_cls.h). */
export const flowerAttributes = attributes({
  classId: [1, 'TCA_FLOWER_CLASSID', u32],
  inputDevice: [2, 'TCA_FLOWER_INDEV', text],
  actions: [3, 'TCA_FLOWER_ACT', arrayOf(actionAttributes)],
  destinationLinkAddress: [4, 'TCA_FLOWER_KEY_ETH_DST', linkAddress],
  destinationLinkAddressMask: [5, 'TCA_FLOWER_KEY_ETH_DST_MASK', linkAddress],
  sourceLinkAddress: [6, 'TCA_FLOWER_KEY_ETH_SRC', linkAddress],
  sourceLinkAddressMask: [7, 'TCA_FLOWER_KEY_ETH_SRC_MASK', linkAddress],
  etherType: [8, 'TCA_FLOWER_KEY_ETH_TYPE', be16],
  ipProtocol: [9, 'TCA_FLOWER_KEY_IP_PROTO', choice(u8, ipProtocols)],
  source: [10, 'TCA_FLOWER_KEY_IPV4_SRC', ipAddress],
  sourceMask: [11, 'TCA_FLOWER_KEY_IPV4_SRC_MASK', ipAddress],
  destination: [12, 'TCA_FLOWER_KEY_IPV4_DST', ipAddress],
  destinationMask: [13, 'TCA_FLOWER_KEY_IPV4_DST_MASK', ipAddress],
  tcpSourcePort: [18, 'TCA_FLOWER_KEY_TCP_SRC', be16],
  tcpDestinationPort: [19, 'TCA_FLOWER_KEY_TCP_DST', be16],
  udpSourcePort: [20, 'TCA_FLOWER_KEY_UDP_SRC', be16],
  udpDestinationPort: [21, 'TCA_FLOWER_KEY_UDP_DST', be16],
  /** Bits: 1 skip hardware, 2 skip software, 4 in hardware, 8 not in hardware. */
  flags: [22, 'TCA_FLOWER_FLAGS', u32],
  /** Key of the tunnel that a packet came out of. */
  tunnelKey: [26, 'TCA_FLOWER_KEY_ENC_KEY_ID', be32],
})

export interface Flower {
  /** IPv4 address or prefix. */
  source?: string
  destination?: string
  ipProtocol?: keyof typeof ipProtocols
  /** Class to put the packet in, at egress. */
  classId?: number
  /** As `skbedit()` and `gact()` make them. */
  actions?: NewAction[]
}

const ipEtherType = 0x0800

/**
 * The type of a filter with protocol `ip`, for `addFilter`. Like `tc filter add ... protocol ip flower dst_ip
 * PREFIX action ...`.
 */
export function flower({ source, destination, ipProtocol, classId, actions }: Flower) {
  const from = source === undefined ? undefined : parsePrefix(source)
  const to = destination === undefined ? undefined : parsePrefix(destination)
  return {
    kind: 'flower',
    options: {
      flower: {
        ipProtocol,
        source: from?.address,
        sourceMask: from && prefixMask(from.length),
        destination: to?.address,
        destinationMask: to && prefixMask(to.length),
        classId,
        actions,
        flags: 0,
        etherType: ipEtherType,
      },
    },
  }
}

/** `255.255.255.0` for 24. */
function prefixMask(length: number): string {
  return [24, 16, 8, 0]
    .map((shift) => (length === 0 ? 0 : ((-1 << (32 - length)) >>> shift) & 0xff))
    .join('.')
}

function renderPrefix(
  name: string,
  address: string | undefined,
  mask: string | undefined,
): string | undefined {
  if (address === undefined) return undefined
  const bits = (mask ?? '255.255.255.255')
    .split('.')
    .map((byte) => Number(byte).toString(2).padStart(8, '0'))
    .join('')
  const length = /^(1*)0*$/.exec(bits)?.[1]?.length
  return `${name} ${address}${length === 32 ? '' : `/${length ?? mask}`}`
}

export function renderFlower(value: Encodable<typeof flowerAttributes>): Words {
  return [
    option('indev', value.inputDevice),
    option('dst_mac', value.destinationLinkAddress),
    option('src_mac', value.sourceLinkAddress),
    option('ip_proto', value.ipProtocol),
    renderPrefix('src_ip', value.source, value.sourceMask),
    renderPrefix('dst_ip', value.destination, value.destinationMask),
    option('src_port', value.tcpSourcePort ?? value.udpSourcePort),
    option('dst_port', value.tcpDestinationPort ?? value.udpDestinationPort),
    option('enc_key_id', value.tunnelKey),
    renderTcHandle('classid', value.classId),
    (value.actions ?? []).map(renderAction),
  ]
}
