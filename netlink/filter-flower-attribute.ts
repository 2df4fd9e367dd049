import { actionAttributes } from './action.ts'
import { attributes } from './attribute.ts'
import { arrayOf } from './attribute-array.ts'
import { be16, be32, choice, ipAddress, linkAddress, text, u8, u16, u32 } from './attribute-type.ts'
import { etherType } from './ether-type.ts'

/** By the names that `tc ... flower ip_proto` knows. */
export const ipProtocols = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, l2tp: 115, sctp: 132 } as const
/** Bits of `TCA_FLOWER_KEY_CT_FLAGS_*`, by the names of `tc`. */
export const connectionStates = { new: 1, est: 2, rel: 4, trk: 8, inv: 16, rpl: 32 } as const
export const arpOperations = { request: 1, reply: 2 } as const

/**
 * Classification by fields of the packet, found by hash: `TCA_FLOWER_*` (linux/pkt_cls.h). The mask of a field is named after
 * the field; where it is absent all bits count.
 */
export const flowerAttributes = attributes({
  classId: [1, 'TCA_FLOWER_CLASSID', u32],
  inputDevice: [2, 'TCA_FLOWER_INDEV', text],
  actions: [3, 'TCA_FLOWER_ACT', arrayOf(actionAttributes)],
  destinationLinkAddress: [4, 'TCA_FLOWER_KEY_ETH_DST', linkAddress],
  destinationLinkAddressMask: [5, 'TCA_FLOWER_KEY_ETH_DST_MASK', linkAddress],
  sourceLinkAddress: [6, 'TCA_FLOWER_KEY_ETH_SRC', linkAddress],
  sourceLinkAddressMask: [7, 'TCA_FLOWER_KEY_ETH_SRC_MASK', linkAddress],
  etherType: [8, 'TCA_FLOWER_KEY_ETH_TYPE', etherType],
  ipProtocol: [9, 'TCA_FLOWER_KEY_IP_PROTO', choice(u8, ipProtocols)],
  source: [10, 'TCA_FLOWER_KEY_IPV4_SRC', ipAddress],
  sourceMask: [11, 'TCA_FLOWER_KEY_IPV4_SRC_MASK', ipAddress],
  destination: [12, 'TCA_FLOWER_KEY_IPV4_DST', ipAddress],
  destinationMask: [13, 'TCA_FLOWER_KEY_IPV4_DST_MASK', ipAddress],
  source6: [14, 'TCA_FLOWER_KEY_IPV6_SRC', ipAddress],
  source6Mask: [15, 'TCA_FLOWER_KEY_IPV6_SRC_MASK', ipAddress],
  destination6: [16, 'TCA_FLOWER_KEY_IPV6_DST', ipAddress],
  destination6Mask: [17, 'TCA_FLOWER_KEY_IPV6_DST_MASK', ipAddress],
  tcpSourcePort: [18, 'TCA_FLOWER_KEY_TCP_SRC', be16],
  tcpDestinationPort: [19, 'TCA_FLOWER_KEY_TCP_DST', be16],
  udpSourcePort: [20, 'TCA_FLOWER_KEY_UDP_SRC', be16],
  udpDestinationPort: [21, 'TCA_FLOWER_KEY_UDP_DST', be16],
  /** See `filter-hardware.ts`. */
  flags: [22, 'TCA_FLOWER_FLAGS', u32],
  vlanId: [23, 'TCA_FLOWER_KEY_VLAN_ID', u16],
  vlanPriority: [24, 'TCA_FLOWER_KEY_VLAN_PRIO', u8],
  /** What stands behind the VLAN tag. */
  vlanEtherType: [25, 'TCA_FLOWER_KEY_VLAN_ETH_TYPE', etherType],
  /** Key of the tunnel that a packet came out of; the other tunnel fields are of its outer headers. */
  tunnelKey: [26, 'TCA_FLOWER_KEY_ENC_KEY_ID', be32],
  tunnelSource: [27, 'TCA_FLOWER_KEY_ENC_IPV4_SRC', ipAddress],
  tunnelSourceMask: [28, 'TCA_FLOWER_KEY_ENC_IPV4_SRC_MASK', ipAddress],
  tunnelDestination: [29, 'TCA_FLOWER_KEY_ENC_IPV4_DST', ipAddress],
  tunnelDestinationMask: [30, 'TCA_FLOWER_KEY_ENC_IPV4_DST_MASK', ipAddress],
  tunnelSource6: [31, 'TCA_FLOWER_KEY_ENC_IPV6_SRC', ipAddress],
  tunnelSource6Mask: [32, 'TCA_FLOWER_KEY_ENC_IPV6_SRC_MASK', ipAddress],
  tunnelDestination6: [33, 'TCA_FLOWER_KEY_ENC_IPV6_DST', ipAddress],
  tunnelDestination6Mask: [34, 'TCA_FLOWER_KEY_ENC_IPV6_DST_MASK', ipAddress],
  tcpSourcePortMask: [35, 'TCA_FLOWER_KEY_TCP_SRC_MASK', be16],
  tcpDestinationPortMask: [36, 'TCA_FLOWER_KEY_TCP_DST_MASK', be16],
  udpSourcePortMask: [37, 'TCA_FLOWER_KEY_UDP_SRC_MASK', be16],
  udpDestinationPortMask: [38, 'TCA_FLOWER_KEY_UDP_DST_MASK', be16],
  sctpSourcePortMask: [39, 'TCA_FLOWER_KEY_SCTP_SRC_MASK', be16],
  sctpDestinationPortMask: [40, 'TCA_FLOWER_KEY_SCTP_DST_MASK', be16],
  sctpSourcePort: [41, 'TCA_FLOWER_KEY_SCTP_SRC', be16],
  sctpDestinationPort: [42, 'TCA_FLOWER_KEY_SCTP_DST', be16],
  tunnelSourcePort: [43, 'TCA_FLOWER_KEY_ENC_UDP_SRC_PORT', be16],
  tunnelSourcePortMask: [44, 'TCA_FLOWER_KEY_ENC_UDP_SRC_PORT_MASK', be16],
  tunnelDestinationPort: [45, 'TCA_FLOWER_KEY_ENC_UDP_DST_PORT', be16],
  tunnelDestinationPortMask: [46, 'TCA_FLOWER_KEY_ENC_UDP_DST_PORT_MASK', be16],
  /** Bits: 1 fragment, 2 first fragment. */
  fragmentFlags: [47, 'TCA_FLOWER_KEY_FLAGS', be32],
  fragmentFlagsMask: [48, 'TCA_FLOWER_KEY_FLAGS_MASK', be32],
  icmpCode: [49, 'TCA_FLOWER_KEY_ICMPV4_CODE', u8],
  icmpCodeMask: [50, 'TCA_FLOWER_KEY_ICMPV4_CODE_MASK', u8],
  icmpType: [51, 'TCA_FLOWER_KEY_ICMPV4_TYPE', u8],
  icmpTypeMask: [52, 'TCA_FLOWER_KEY_ICMPV4_TYPE_MASK', u8],
  icmp6Code: [53, 'TCA_FLOWER_KEY_ICMPV6_CODE', u8],
  icmp6CodeMask: [54, 'TCA_FLOWER_KEY_ICMPV6_CODE_MASK', u8],
  icmp6Type: [55, 'TCA_FLOWER_KEY_ICMPV6_TYPE', u8],
  icmp6TypeMask: [56, 'TCA_FLOWER_KEY_ICMPV6_TYPE_MASK', u8],
  arpSource: [57, 'TCA_FLOWER_KEY_ARP_SIP', ipAddress],
  arpSourceMask: [58, 'TCA_FLOWER_KEY_ARP_SIP_MASK', ipAddress],
  arpTarget: [59, 'TCA_FLOWER_KEY_ARP_TIP', ipAddress],
  arpTargetMask: [60, 'TCA_FLOWER_KEY_ARP_TIP_MASK', ipAddress],
  arpOperation: [61, 'TCA_FLOWER_KEY_ARP_OP', choice(u8, arpOperations)],
  arpOperationMask: [62, 'TCA_FLOWER_KEY_ARP_OP_MASK', u8],
  arpSourceLinkAddress: [63, 'TCA_FLOWER_KEY_ARP_SHA', linkAddress],
  arpSourceLinkAddressMask: [64, 'TCA_FLOWER_KEY_ARP_SHA_MASK', linkAddress],
  arpTargetLinkAddress: [65, 'TCA_FLOWER_KEY_ARP_THA', linkAddress],
  arpTargetLinkAddressMask: [66, 'TCA_FLOWER_KEY_ARP_THA_MASK', linkAddress],
  mplsTtl: [67, 'TCA_FLOWER_KEY_MPLS_TTL', u8],
  /** 1 for the last entry of the label stack. */
  mplsBottom: [68, 'TCA_FLOWER_KEY_MPLS_BOS', u8],
  mplsTrafficClass: [69, 'TCA_FLOWER_KEY_MPLS_TC', u8],
  mplsLabel: [70, 'TCA_FLOWER_KEY_MPLS_LABEL', u32],
  tcpFlags: [71, 'TCA_FLOWER_KEY_TCP_FLAGS', be16],
  tcpFlagsMask: [72, 'TCA_FLOWER_KEY_TCP_FLAGS_MASK', be16],
  tos: [73, 'TCA_FLOWER_KEY_IP_TOS', u8],
  tosMask: [74, 'TCA_FLOWER_KEY_IP_TOS_MASK', u8],
  ttl: [75, 'TCA_FLOWER_KEY_IP_TTL', u8],
  ttlMask: [76, 'TCA_FLOWER_KEY_IP_TTL_MASK', u8],
  innerVlanId: [77, 'TCA_FLOWER_KEY_CVLAN_ID', u16],
  innerVlanPriority: [78, 'TCA_FLOWER_KEY_CVLAN_PRIO', u8],
  innerVlanEtherType: [79, 'TCA_FLOWER_KEY_CVLAN_ETH_TYPE', etherType],
  tunnelTos: [80, 'TCA_FLOWER_KEY_ENC_IP_TOS', u8],
  tunnelTosMask: [81, 'TCA_FLOWER_KEY_ENC_IP_TOS_MASK', u8],
  tunnelTtl: [82, 'TCA_FLOWER_KEY_ENC_IP_TTL', u8],
  tunnelTtlMask: [83, 'TCA_FLOWER_KEY_ENC_IP_TTL_MASK', u8],
  inHardwareCount: [86, 'TCA_FLOWER_IN_HW_COUNT', u32],
  firstSourcePort: [87, 'TCA_FLOWER_KEY_PORT_SRC_MIN', be16],
  lastSourcePort: [88, 'TCA_FLOWER_KEY_PORT_SRC_MAX', be16],
  firstDestinationPort: [89, 'TCA_FLOWER_KEY_PORT_DST_MIN', be16],
  lastDestinationPort: [90, 'TCA_FLOWER_KEY_PORT_DST_MAX', be16],
  /** What connection tracking says: bits of `connectionStates`. */
  connectionState: [91, 'TCA_FLOWER_KEY_CT_STATE', u16],
  connectionStateMask: [92, 'TCA_FLOWER_KEY_CT_STATE_MASK', u16],
  connectionZone: [93, 'TCA_FLOWER_KEY_CT_ZONE', u16],
  connectionZoneMask: [94, 'TCA_FLOWER_KEY_CT_ZONE_MASK', u16],
  connectionMark: [95, 'TCA_FLOWER_KEY_CT_MARK', u32],
  connectionMarkMask: [96, 'TCA_FLOWER_KEY_CT_MARK_MASK', u32],
  /** How many VLAN tags a frame has. */
  vlanCount: [102, 'TCA_FLOWER_KEY_NUM_OF_VLANS', u8],
})
