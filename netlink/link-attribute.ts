/** What every link has, of whatever kind (linux/if_link.h, linux/rtnetlink.h); `link.ts` adds what depends on the kind. */
import { addressFamily } from './address-family.ts'
import { attributes, flagged } from './attribute.ts'
import {
  bool8,
  choice,
  interfaceIndex,
  linkAddress,
  namespaceDescriptor,
  s32,
  text,
  u8,
  u16,
  u32,
  unterminatedText,
} from './attribute-type.ts'
import { linkStatistics } from './link-statistics.ts'
import { padding, struct } from './struct.ts'

export const linkHeader = struct('ifinfomsg', {
  family: addressFamily,
  reserved: padding(1),
  /** ARPHRD_* (linux/if_arp.h): 1 ethernet, 768 ipip, 778 gre. */
  hardwareType: u16,
  index: interfaceIndex,
  /** `interfaceFlag` */
  flags: u32,
  /** Which of the flags a request sets. */
  changedFlags: u32,
})

const operationalState = choice(u8, {
  unknown: 0,
  notpresent: 1,
  down: 2,
  lowerlayerdown: 3,
  testing: 4,
  dormant: 5,
  up: 6,
})

/** How a link makes its IPv6 link-local address: `IN6_ADDR_GEN_MODE_*` by the words of `ip`. */
const addressGeneration = choice(u8, { eui64: 0, none: 1, stable_secret: 2, random: 3 })

const inet6Attributes = attributes({
  addressGeneration: [8, 'IFLA_INET6_ADDR_GEN_MODE', addressGeneration],
  routerAdvertisedMtu: [9, 'IFLA_INET6_RA_MTU', u32],
})

/** By address family: the number of an attribute is AF_INET6. */
const familyAttributes = attributes({ inet6: [10, 'AF_INET6', inet6Attributes] })

/** `IFLA_PROP_LIST`; of several names the others are in `unknown`. */
const propertyAttributes = flagged(attributes({ alternativeName: [53, 'IFLA_ALT_IFNAME', text] }))

export const linkRows = {
  address: [1, 'IFLA_ADDRESS', linkAddress],
  broadcast: [2, 'IFLA_BROADCAST', linkAddress],
  name: [3, 'IFLA_IFNAME', text],
  mtu: [4, 'IFLA_MTU', u32],
  /** Index of the link below, or of the peer of a veth. */
  lowerLink: [5, 'IFLA_LINK', interfaceIndex],
  qdisc: [6, 'IFLA_QDISC', text],
  master: [10, 'IFLA_MASTER', interfaceIndex],
  transmitQueueLength: [13, 'IFLA_TXQLEN', u32],
  operationalState: [16, 'IFLA_OPERSTATE', operationalState],
  linkMode: [17, 'IFLA_LINKMODE', choice(u8, { default: 0, dormant: 1, testing: 2 })],
  namespaceProcess: [19, 'IFLA_NET_NS_PID', u32],
  alias: [20, 'IFLA_IFALIAS', unterminatedText],
  statistics: [23, 'IFLA_STATS64', linkStatistics],
  families: [26, 'IFLA_AF_SPEC', familyAttributes],
  group: [27, 'IFLA_GROUP', u32],
  /** A request may name a path instead. */
  namespaceDescriptor: [28, 'IFLA_NET_NS_FD', namespaceDescriptor],
  extensionMask: [29, 'IFLA_EXT_MASK', u32],
  promiscuity: [30, 'IFLA_PROMISCUITY', u32],
  transmitQueues: [31, 'IFLA_NUM_TX_QUEUES', u32],
  receiveQueues: [32, 'IFLA_NUM_RX_QUEUES', u32],
  /** 1 while the link has a carrier. */
  carrier: [33, 'IFLA_CARRIER', u8],
  carrierChanges: [35, 'IFLA_CARRIER_CHANGES', u32],
  /** The kernel's number of the namespace of `lowerLink`. */
  lowerLinkNamespace: [37, 'IFLA_LINK_NETNSID', s32],
  protocolDown: [39, 'IFLA_PROTO_DOWN', bool8],
  gsoMaxSegments: [40, 'IFLA_GSO_MAX_SEGS', u32],
  gsoMaxBytes: [41, 'IFLA_GSO_MAX_SIZE', u32],
  /** In a notification of a link that left: its namespace and its index there. */
  newNamespace: [45, 'IFLA_NEW_NETNSID', s32],
  newIndex: [49, 'IFLA_NEW_IFINDEX', interfaceIndex],
  carrierUpCount: [47, 'IFLA_CARRIER_UP_COUNT', u32],
  carrierDownCount: [48, 'IFLA_CARRIER_DOWN_COUNT', u32],
  minMtu: [50, 'IFLA_MIN_MTU', u32],
  /** 0 for none. */
  maxMtu: [51, 'IFLA_MAX_MTU', u32],
  properties: [52, 'IFLA_PROP_LIST', propertyAttributes],
  permanentAddress: [54, 'IFLA_PERM_ADDRESS', linkAddress],
  groMaxBytes: [58, 'IFLA_GRO_MAX_SIZE', u32],
  tsoMaxBytes: [59, 'IFLA_TSO_MAX_SIZE', u32],
  tsoMaxSegments: [60, 'IFLA_TSO_MAX_SEGS', u32],
  allMulticast: [61, 'IFLA_ALLMULTI', u32],
} as const
