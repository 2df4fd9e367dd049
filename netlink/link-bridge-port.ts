import { attributes, type Encodable } from './attribute.ts'
import { bool8, choice, interfaceIndex, present, u8, u16, u32, u64 } from './attribute-type.ts'
import { deviceName, onOff, option, options, type Words } from './command-line.ts'
import { bridgeId } from './link-bridge.ts'

/** States of the spanning tree: `BR_STATE_*` of linux/if_bridge.h. */
const portStates = { disabled: 0, listening: 1, learning: 2, forwarding: 3, blocking: 4 } as const

/** A link that belongs to a bridge: `IFLA_BRPORT_*` of linux/if_link.h. */
export const bridgePortAttributes = attributes({
  state: [1, 'IFLA_BRPORT_STATE', choice(u8, portStates)],
  priority: [2, 'IFLA_BRPORT_PRIORITY', u16],
  cost: [3, 'IFLA_BRPORT_COST', u32],
  hairpin: [4, 'IFLA_BRPORT_MODE', bool8],
  /** Whether bridge protocol data units from here are dropped. */
  guard: [5, 'IFLA_BRPORT_GUARD', bool8],
  rootBlock: [6, 'IFLA_BRPORT_PROTECT', bool8],
  fastLeave: [7, 'IFLA_BRPORT_FAST_LEAVE', bool8],
  learning: [8, 'IFLA_BRPORT_LEARNING', bool8],
  flood: [9, 'IFLA_BRPORT_UNICAST_FLOOD', bool8],
  proxyArp: [10, 'IFLA_BRPORT_PROXYARP', bool8],
  learningSync: [11, 'IFLA_BRPORT_LEARNING_SYNC', bool8],
  proxyArpWifi: [12, 'IFLA_BRPORT_PROXYARP_WIFI', bool8],
  rootId: [13, 'IFLA_BRPORT_ROOT_ID', bridgeId],
  bridgeId: [14, 'IFLA_BRPORT_BRIDGE_ID', bridgeId],
  designatedPort: [15, 'IFLA_BRPORT_DESIGNATED_PORT', u16],
  designatedCost: [16, 'IFLA_BRPORT_DESIGNATED_COST', u16],
  id: [17, 'IFLA_BRPORT_ID', u16],
  number: [18, 'IFLA_BRPORT_NO', u16],
  topologyChangeAcknowledged: [19, 'IFLA_BRPORT_TOPOLOGY_CHANGE_ACK', bool8],
  configurationPending: [20, 'IFLA_BRPORT_CONFIG_PENDING', bool8],
  messageAgeTimerCentiseconds: [21, 'IFLA_BRPORT_MESSAGE_AGE_TIMER', u64],
  forwardDelayTimerCentiseconds: [22, 'IFLA_BRPORT_FORWARD_DELAY_TIMER', u64],
  holdTimerCentiseconds: [23, 'IFLA_BRPORT_HOLD_TIMER', u64],
  flushForwarding: [24, 'IFLA_BRPORT_FLUSH', present],
  /** 0 no, 1 as learnt, 2 always, 3 as learnt for a while. */
  multicastRouter: [25, 'IFLA_BRPORT_MULTICAST_ROUTER', u8],
  multicastFlood: [27, 'IFLA_BRPORT_MCAST_FLOOD', bool8],
  multicastToUnicast: [28, 'IFLA_BRPORT_MCAST_TO_UCAST', bool8],
  vlanTunnel: [29, 'IFLA_BRPORT_VLAN_TUNNEL', bool8],
  broadcastFlood: [30, 'IFLA_BRPORT_BCAST_FLOOD', bool8],
  groupForwardMask: [31, 'IFLA_BRPORT_GROUP_FWD_MASK', u16],
  neighbourSuppression: [32, 'IFLA_BRPORT_NEIGH_SUPPRESS', bool8],
  isolated: [33, 'IFLA_BRPORT_ISOLATED', bool8],
  /** 0 takes it away. */
  backupPort: [34, 'IFLA_BRPORT_BACKUP_PORT', interfaceIndex],
  mediaRingOpen: [35, 'IFLA_BRPORT_MRP_RING_OPEN', bool8],
  mediaInterconnectionOpen: [36, 'IFLA_BRPORT_MRP_IN_OPEN', bool8],
  trackedHostsLimit: [37, 'IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT', u32],
  trackedHosts: [38, 'IFLA_BRPORT_MCAST_EHT_HOSTS_CNT', u32],
  /** Whether frames from addresses that are not in the forwarding table are dropped. */
  locked: [39, 'IFLA_BRPORT_LOCKED', bool8],
})

/** What can be set, by the words of `ip`. */
const words = {
  priority: 'priority',
  cost: 'cost',
  hairpin: 'hairpin',
  guard: 'guard',
  rootBlock: 'root_block',
  fastLeave: 'fastleave',
  learning: 'learning',
  flood: 'flood',
  proxyArp: 'proxy_arp',
  proxyArpWifi: 'proxy_arp_wifi',
  multicastRouter: 'mcast_router',
  multicastFlood: 'mcast_flood',
  multicastToUnicast: 'mcast_to_unicast',
  vlanTunnel: 'vlan_tunnel',
  broadcastFlood: 'bcast_flood',
  groupForwardMask: 'group_fwd_mask',
  neighbourSuppression: 'neigh_suppress',
  isolated: 'isolated',
  locked: 'locked',
} as const

type Settable = keyof typeof words | 'state' | 'backupPort' | 'flushForwarding'
export interface BridgePort extends Pick<Encodable<typeof bridgePortAttributes>, Settable> {}

/** What a bridge keeps of a link of it, as the `type` of `setLink`. Like `ip link set DEVICE type bridge_slave ...`. */
export function bridgePort(settings: BridgePort) {
  return { kind: 'bridge_slave', slaveData: { bridge: settings } } as const
}

export function renderBridgePort(data: Encodable<typeof bridgePortAttributes>): Words {
  const state = typeof data.state === 'string' ? portStates[data.state] : data.state
  return [
    data.flushForwarding && 'fdb_flush',
    option('state', state),
    options(words, data, onOff),
    data.backupPort === 0 ? 'nobackup_port' : option('backup_port', deviceName(data.backupPort)),
  ]
}
