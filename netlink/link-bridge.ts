import { attributes, type Encodable } from './attribute.ts'
import {
  type AttributeType,
  be16,
  bool8,
  choice,
  linkAddress,
  present,
  raw,
  u8,
  u16,
  u32,
  u64,
} from './attribute-type.ts'
import { option, options, type Words } from './command-line.ts'
import { struct } from './struct.ts'

/** Priority and address as `ip` prints them: `8000.2:0:0:0:0:1`, here with two digits a byte. */
export const bridgeId: AttributeType<string> = {
  read(bytes, start, end) {
    const digits = bytes.toString('hex', start, end)
    return `${digits.slice(0, 4)}.${digits.slice(4).replace(/..(?=.)/g, '$&:')}`
  },
  write: (writer, value) => writer.append(Buffer.from(value.replace(/[.:]/g, ''), 'hex')),
}

/** Protocols of VLAN tags (linux/if_ether.h). */
export const vlanProtocol = choice(be16, { '802.1Q': 0x8100, '802.1ad': 0x88a8 })

/** Bits of `booleanOptions`: `enum br_boolopt_id` (linux/if_bridge.h). */
export const bridgeOption = { NO_LINK_LOCAL_LEARNING: 0x1, MULTICAST_VLAN_SNOOPING: 0x2 } as const

/** Which options are on, and which a request sets. */
const booleanOptions = struct('br_boolopt_multi', { values: u32, mask: u32 })

/** A bridge: `IFLA_BR_*` of linux/if_link.h. Times are in hundredths of a second. */
export const bridgeAttributes = attributes({
  forwardDelayCentiseconds: [1, 'IFLA_BR_FORWARD_DELAY', u32],
  helloTimeCentiseconds: [2, 'IFLA_BR_HELLO_TIME', u32],
  maxAgeCentiseconds: [3, 'IFLA_BR_MAX_AGE', u32],
  ageingTimeCentiseconds: [4, 'IFLA_BR_AGEING_TIME', u32],
  /** Spanning tree: 0 off, 1 the kernel's, 2 that of a program. */
  spanningTree: [5, 'IFLA_BR_STP_STATE', u32],
  priority: [6, 'IFLA_BR_PRIORITY', u16],
  vlanFiltering: [7, 'IFLA_BR_VLAN_FILTERING', bool8],
  vlanProtocol: [8, 'IFLA_BR_VLAN_PROTOCOL', vlanProtocol],
  groupForwardMask: [9, 'IFLA_BR_GROUP_FWD_MASK', u16],
  rootId: [10, 'IFLA_BR_ROOT_ID', bridgeId],
  bridgeId: [11, 'IFLA_BR_BRIDGE_ID', bridgeId],
  rootPort: [12, 'IFLA_BR_ROOT_PORT', u16],
  rootPathCost: [13, 'IFLA_BR_ROOT_PATH_COST', u32],
  topologyChange: [14, 'IFLA_BR_TOPOLOGY_CHANGE', bool8],
  topologyChangeDetected: [15, 'IFLA_BR_TOPOLOGY_CHANGE_DETECTED', bool8],
  helloTimerCentiseconds: [16, 'IFLA_BR_HELLO_TIMER', u64],
  topologyNotificationTimerCentiseconds: [17, 'IFLA_BR_TCN_TIMER', u64],
  topologyChangeTimerCentiseconds: [18, 'IFLA_BR_TOPOLOGY_CHANGE_TIMER', u64],
  collectionTimerCentiseconds: [19, 'IFLA_BR_GC_TIMER', u64],
  groupAddress: [20, 'IFLA_BR_GROUP_ADDR', linkAddress],
  flushForwarding: [21, 'IFLA_BR_FDB_FLUSH', present],
  /** 0 no, 1 as learnt, 2 always. */
  multicastRouter: [22, 'IFLA_BR_MCAST_ROUTER', u8],
  multicastSnooping: [23, 'IFLA_BR_MCAST_SNOOPING', bool8],
  multicastQueryUsesAddress: [24, 'IFLA_BR_MCAST_QUERY_USE_IFADDR', bool8],
  multicastQuerier: [25, 'IFLA_BR_MCAST_QUERIER', bool8],
  multicastHashElasticity: [26, 'IFLA_BR_MCAST_HASH_ELASTICITY', u32],
  multicastHashMax: [27, 'IFLA_BR_MCAST_HASH_MAX', u32],
  multicastLastMemberCount: [28, 'IFLA_BR_MCAST_LAST_MEMBER_CNT', u32],
  multicastStartupQueryCount: [29, 'IFLA_BR_MCAST_STARTUP_QUERY_CNT', u32],
  multicastLastMemberIntervalCentiseconds: [30, 'IFLA_BR_MCAST_LAST_MEMBER_INTVL', u64],
  multicastMembershipIntervalCentiseconds: [31, 'IFLA_BR_MCAST_MEMBERSHIP_INTVL', u64],
  multicastQuerierIntervalCentiseconds: [32, 'IFLA_BR_MCAST_QUERIER_INTVL', u64],
  multicastQueryIntervalCentiseconds: [33, 'IFLA_BR_MCAST_QUERY_INTVL', u64],
  multicastQueryResponseIntervalCentiseconds: [34, 'IFLA_BR_MCAST_QUERY_RESPONSE_INTVL', u64],
  multicastStartupQueryIntervalCentiseconds: [35, 'IFLA_BR_MCAST_STARTUP_QUERY_INTVL', u64],
  callIptables: [36, 'IFLA_BR_NF_CALL_IPTABLES', bool8],
  callIp6tables: [37, 'IFLA_BR_NF_CALL_IP6TABLES', bool8],
  callArptables: [38, 'IFLA_BR_NF_CALL_ARPTABLES', bool8],
  /** VLAN of untagged frames; 0 for none. */
  vlanDefaultId: [39, 'IFLA_BR_VLAN_DEFAULT_PVID', u16],
  vlanStatistics: [41, 'IFLA_BR_VLAN_STATS_ENABLED', bool8],
  multicastStatistics: [42, 'IFLA_BR_MCAST_STATS_ENABLED', bool8],
  igmpVersion: [43, 'IFLA_BR_MCAST_IGMP_VERSION', u8],
  mldVersion: [44, 'IFLA_BR_MCAST_MLD_VERSION', u8],
  vlanStatisticsPerPort: [45, 'IFLA_BR_VLAN_STATS_PER_PORT', bool8],
  /** `bridgeOption` */
  booleanOptions: [46, 'IFLA_BR_MULTI_BOOLOPT', booleanOptions],
  multicastQuerierState: [47, 'IFLA_BR_MCAST_QUERIER_STATE', raw],
})

/** What can be set, by the words of `ip`. */
const words = {
  forwardDelayCentiseconds: 'forward_delay',
  helloTimeCentiseconds: 'hello_time',
  maxAgeCentiseconds: 'max_age',
  ageingTimeCentiseconds: 'ageing_time',
  spanningTree: 'stp_state',
  priority: 'priority',
  vlanFiltering: 'vlan_filtering',
  vlanProtocol: 'vlan_protocol',
  groupForwardMask: 'group_fwd_mask',
  groupAddress: 'group_address',
  multicastRouter: 'mcast_router',
  multicastSnooping: 'mcast_snooping',
  multicastQueryUsesAddress: 'mcast_query_use_ifaddr',
  multicastQuerier: 'mcast_querier',
  multicastHashElasticity: 'mcast_hash_elasticity',
  multicastHashMax: 'mcast_hash_max',
  multicastLastMemberCount: 'mcast_last_member_count',
  multicastStartupQueryCount: 'mcast_startup_query_count',
  multicastLastMemberIntervalCentiseconds: 'mcast_last_member_interval',
  multicastMembershipIntervalCentiseconds: 'mcast_membership_interval',
  multicastQuerierIntervalCentiseconds: 'mcast_querier_interval',
  multicastQueryIntervalCentiseconds: 'mcast_query_interval',
  multicastQueryResponseIntervalCentiseconds: 'mcast_query_response_interval',
  multicastStartupQueryIntervalCentiseconds: 'mcast_startup_query_interval',
  callIptables: 'nf_call_iptables',
  callIp6tables: 'nf_call_ip6tables',
  callArptables: 'nf_call_arptables',
  vlanDefaultId: 'vlan_default_pvid',
  vlanStatistics: 'vlan_stats_enabled',
  multicastStatistics: 'mcast_stats_enabled',
  igmpVersion: 'mcast_igmp_version',
  mldVersion: 'mcast_mld_version',
  vlanStatisticsPerPort: 'vlan_stats_per_port',
} as const

export interface Bridge extends Pick<Encodable<typeof bridgeAttributes>, keyof typeof words> {
  /** Forgets the addresses that were learnt. */
  flushForwarding?: true
  /** Whether the sources of frames to 01:80:c2:00:00:0X are not learnt. */
  noLinkLocalLearning?: boolean
  multicastVlanSnooping?: boolean
}

/** The type of a link, for `addLink` and `setLink`. Like `ip link add NAME type bridge ...`. */
export function bridge({ noLinkLocalLearning, multicastVlanSnooping, ...settings }: Bridge = {}) {
  const { NO_LINK_LOCAL_LEARNING, MULTICAST_VLAN_SNOOPING } = bridgeOption
  const bit = (value: boolean | undefined, number: number) => (value ? number : 0)
  const given = (value: boolean | undefined, number: number) => bit(value !== undefined, number)
  const mask =
    given(noLinkLocalLearning, NO_LINK_LOCAL_LEARNING) | given(multicastVlanSnooping, MULTICAST_VLAN_SNOOPING)
  const values =
    bit(noLinkLocalLearning, NO_LINK_LOCAL_LEARNING) | bit(multicastVlanSnooping, MULTICAST_VLAN_SNOOPING)
  const data = mask === 0 ? settings : { ...settings, booleanOptions: { values, mask } }
  return { kind: 'bridge', data: Object.keys(data).length > 0 ? { bridge: data } : undefined } as const
}

export function renderBridge(data: Encodable<typeof bridgeAttributes>): Words {
  const { values = 0, mask = 0 } = data.booleanOptions ?? {}
  const bit = (number: number) => (mask & number ? Number((values & number) !== 0) : undefined)
  return [
    data.flushForwarding && 'fdb_flush',
    options(words, data, Number),
    option('no_linklocal_learn', bit(bridgeOption.NO_LINK_LOCAL_LEARNING)),
    option('mcast_vlan_snooping', bit(bridgeOption.MULTICAST_VLAN_SNOOPING)),
  ]
}
