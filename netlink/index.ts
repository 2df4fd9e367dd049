/** All that the library offers; reference.md is made of it. Whoever wants less to load imports the single files. */
export { type ActionKind, type NewAction, sharedAction } from './action.ts'
export { type Checksum, csum } from './action-csum.ts'
export { type Ct, ct, type NewAddress } from './action-ct.ts'
export { type GactRandom, gact } from './action-gact.ts'
export { type Mirred, mirred } from './action-mirred.ts'
export { type Nat, nat } from './action-nat.ts'
export { pedit, readPedit } from './action-pedit.ts'
export { type Police, police, readPolice } from './action-police.ts'
export { type Skbedit, skbedit } from './action-skbedit.ts'
export { type TunnelKey, tunnelKey, tunnelKeyUnset } from './action-tunnel-key.ts'
export type { Verdict } from './action-verdict.ts'
export {
  type Address,
  addAddress,
  addressFlag,
  deleteAddress,
  dumpAddresses,
  type InterfaceAddress,
  replaceAddress,
} from './address.ts'
export type { AddressFamily } from './address-family.ts'
export { attributes, type Decoded, type Encodable, flagged, type UnknownAttribute } from './attribute.ts'
export { arrayOf, repeated } from './attribute-array.ts'
export {
  type AttributeType,
  be16,
  be32,
  be64,
  bool8,
  choice,
  ipAddress,
  linkAddress,
  present,
  raw,
  s8,
  s32,
  s64,
  text,
  u8,
  u16,
  u32,
  u64,
} from './attribute-type.ts'
export {
  addBridgeVlan,
  type BridgeVlan,
  type BridgeVlans,
  bridgeVlanFlag,
  deleteBridgeVlan,
  dumpBridgeVlans,
} from './bridge-vlan.ts'
export {
  addChain,
  type Chain,
  type ChainKey,
  deleteChain,
  dumpChains,
  getChain,
  type NewChain,
} from './chain.ts'
export {
  addClass,
  type ClassKey,
  type ClassType,
  changeClass,
  deleteClass,
  dumpClasses,
  getClass,
  type NewClass,
  replaceClass,
  type TrafficClass,
} from './class.ts'
export { type HtbClass, htbClass, readHtbClass } from './class-htb.ts'
export { commandLine, option } from './command-line.ts'
export {
  type Connection,
  type ConnectionEvent,
  type ConnectionTuple,
  deleteConnection,
  dumpConnections,
} from './connection.ts'
export type { Match } from './ematch.ts'
export type { Layer, MetaName, Relation, WordSize } from './ematch-kind.ts'
export type { EtherType } from './ether-type.ts'
export {
  addFilter,
  changeFilter,
  deleteFilter,
  deleteFilterList,
  deleteFilters,
  dumpFilters,
  type Filter,
  type FilterKey,
  type FilterList,
  type FilterPlace,
  type FilterType,
  getFilter,
  type NewFilter,
  replaceFilter,
  sharedBlock,
} from './filter.ts'
export { type Basic, basic } from './filter-basic.ts'
export { dscp, type Flower, flower, type Masked, type Ports } from './filter-flower.ts'
export { type Fw, fw, fwByClassId } from './filter-fw.ts'
export type { Hardware } from './filter-hardware.ts'
export { type Matchall, matchall } from './filter-matchall.ts'
export {
  formatU32Handle,
  type U32Filter,
  type U32Match,
  u32Filter,
  u32Handle,
  u32HashTable,
} from './filter-u32.ts'
export { genericFamily } from './generic.ts'
export { dumpFamilies, type Family, familyController, getFamily } from './generic-controller.ts'
export { interfaceFlag } from './interface-flag.ts'
export {
  addLink,
  type ChangedLink,
  deleteLink,
  deleteLinkGroup,
  dumpLinks,
  getLink,
  type Link,
  type LinkType,
  type NewLink,
  setLink,
  setLinkGroup,
} from './link.ts'
export { type Bridge, bridge, bridgeOption } from './link-bridge.ts'
export { type BridgePort, bridgePort } from './link-bridge-port.ts'
export { type GreTunnel, gre, gretap } from './link-gre.ts'
export type { GreHeader } from './link-gre-header.ts'
export { type Ip6greTunnel, ip6gre, ip6gretap } from './link-ip6gre.ts'
export { type Ip6tnlTunnel, ip6tnl } from './link-ip6tnl.ts'
export { type IpipTunnel, ipip } from './link-ipip.ts'
export { type Macvlan, macvlan } from './link-macvlan.ts'
export type { LinkNamespace, LinkSettings, PlainLink } from './link-settings.ts'
export { type SitTunnel, sit } from './link-sit.ts'
export type { TunnelEncapsulation } from './link-tunnel-encapsulation.ts'
export type { Ipv4Tunnel } from './link-tunnel-ipv4.ts'
export type { Ipv6Tunnel } from './link-tunnel-ipv6.ts'
export { type VethPeer, veth } from './link-veth.ts'
export { type Vlan, vlan } from './link-vlan.ts'
export { vrf } from './link-vrf.ts'
export { type VxlanTunnel, vxlan } from './link-vxlan.ts'
export type { AnyMessageFormat, NetlinkRequest } from './message.ts'
export {
  type FamilyEvent,
  Monitor,
  type MonitorEvent,
  type MonitorGroup,
  monitorGroups,
  queuedEvents,
} from './monitor.ts'
export {
  attachNamespace,
  createNamespace,
  deleteNamespace,
  listNamespaces,
  type Namespace,
  namespacePath,
} from './namespace.ts'
export { dumpNamespaceIds, getNamespaceId, type NamespaceId, setNamespaceId } from './namespace-id.ts'
export {
  addNeighbour,
  changeNeighbour,
  deleteNeighbour,
  dumpNeighbours,
  getNeighbour,
  type Neighbour,
  type NeighbourFilter,
  type NeighbourKey,
  type NeighbourState,
  type NewNeighbour,
  neighbourExtendedFlag,
  neighbourFlag,
  replaceNeighbour,
} from './neighbour.ts'
export { flushNeighbours, type NeighboursToFlush } from './neighbour-flush.ts'
export { dumpNetConfigurations, getNetConfiguration, type NetConfiguration } from './net-configuration.ts'
export { readNetemDistribution } from './netem-distribution.ts'
export type { GilbertElliottLoss, StateLoss } from './netem-loss.ts'
export { NetlinkError, type NetlinkErrorDetails } from './netlink-error.ts'
export {
  addNexthop,
  deleteNexthop,
  dumpNexthops,
  getNexthop,
  type NewNexthop,
  type Nexthop,
  type NexthopFilter,
  replaceNexthop,
} from './nexthop.ts'
export {
  type Munge,
  munge,
  mungeOffset,
  type PeditField,
  type PeditHeader,
  type PeditWord,
} from './pedit-field.ts'
export {
  addQdisc,
  changeQdisc,
  deleteQdisc,
  dumpQdiscs,
  getQdisc,
  type NewQdisc,
  type Qdisc,
  type QdiscKey,
  type QdiscType,
  replaceQdisc,
} from './qdisc.ts'
export { bfifo } from './qdisc-bfifo.ts'
export { type Cake, cake } from './qdisc-cake.ts'
export { clsact } from './qdisc-clsact.ts'
export { type Fq, fq } from './qdisc-fq.ts'
export { type FqCodel, fqCodel } from './qdisc-fq-codel.ts'
export { type HtbQdisc, htbQdisc } from './qdisc-htb.ts'
export { ingressQdisc } from './qdisc-ingress.ts'
export { type Netem, netem } from './qdisc-netem.ts'
export { pfifo } from './qdisc-pfifo.ts'
export { pfifoFast } from './qdisc-pfifo-fast.ts'
export { type Prio, prio } from './qdisc-prio.ts'
export { type FlowRandomEarlyDetection, type Sfq, sfq } from './qdisc-sfq.ts'
export type { SizeTable } from './qdisc-size-table.ts'
export { readTbf, type Tbf, tbf } from './qdisc-tbf.ts'
export {
  addRoute,
  appendRoute,
  changeRoute,
  deleteRoute,
  dumpRoutes,
  getRoute,
  type NewRoute,
  type Route,
  type RouteFilter,
  type RouteKey,
  type RouteQuestion,
  replaceRoute,
} from './route.ts'
export { type RouteType, routeFlag, routeProtocol, routeTable } from './route-attribute.ts'
export { encapsulationFlag, type RouteEncapsulation } from './route-encapsulation.ts'
export type { RouteMetrics } from './route-metric.ts'
export { type NextHop, nextHopFlag } from './route-nexthop.ts'
export type { Realms } from './route-realm.ts'
export { addRule, deleteRule, dumpRules, type Rule, type RuleKey, ruleFlag } from './rule.ts'
export {
  type ActionKey,
  type ActionList,
  addAction,
  deleteAction,
  dumpActions,
  flushActions,
  getAction,
  type NewSharedAction,
  replaceAction,
} from './shared-action.ts'
export { sendMilliseconds, sliceMilliseconds } from './slice.ts'
export { NetlinkSocket, type NetlinkSocketOptions, type ResultsOf } from './socket.ts'
export { padding, struct } from './struct.ts'
export type { TcEstimator } from './tc-estimator.ts'
export { formatTcHandle, type TcParent, tcHandle } from './tc-handle.ts'
export type { LinkLayer } from './tc-rate.ts'
export { deleteTcpMetrics, dumpTcpMetrics, getTcpMetrics, type TcpMetrics } from './tcp-metrics.ts'
export type { Result, TransactionOptions } from './transaction.ts'
export { changeTunnel } from './tunnel.ts'
