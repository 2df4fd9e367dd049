/** Our dump of links, as `ip -j -d link show` says it; parameters of tunnels over IPv4 and of VLANs and VRFs. */
import { dumpLinks, type Link } from '../link.ts'
import { greFlag } from '../link-gre-header.ts'
import type { NetlinkSocket } from '../socket.ts'
import { hexadecimal } from './generated.ts'

const deviceNames: Readonly<Record<number, string>> = { 900: 'v0' }

type Data = NonNullable<NonNullable<Link['info']>['data']>
type Outer = NonNullable<Data['ipip']> | NonNullable<Data['sit']> | NonNullable<Data['gre']>

function outerShown({ local, remote, device, ttl, tos, pathMtuDiscovery, fwMark }: Outer): object {
  const end = (address: string | undefined) => (address === '0.0.0.0' ? 'any' : address)
  return {
    remote: end(remote),
    local: end(local),
    ...(device ? { link: deviceNames[device] } : {}),
    ttl,
    ...(tos ? { tos: hexadecimal(tos) } : {}),
    pmtudisc: pathMtuDiscovery,
    ...(fwMark ? { fwmark: hexadecimal(fwMark) } : {}),
  }
}

const dotted = (key = 0) => [24, 16, 8, 0].map((shift) => (key >>> shift) & 0xff).join('.')

function greShown(data: NonNullable<Data['gre']>): object {
  const { inputFlags = 0, outputFlags = 0 } = data
  return {
    ...outerShown(data),
    ...(inputFlags & greFlag.KEY ? { ikey: dotted(data.inputKey) } : {}),
    ...(outputFlags & greFlag.KEY ? { okey: dotted(data.outputKey) } : {}),
    ...(inputFlags & greFlag.SEQUENCE ? { iseq: true } : {}),
    ...(outputFlags & greFlag.SEQUENCE ? { oseq: true } : {}),
    ...(inputFlags & greFlag.CHECKSUM ? { icsum: true } : {}),
    ...(outputFlags & greFlag.CHECKSUM ? { ocsum: true } : {}),
  }
}

function dataShown({ ipip, sit, gre, gretap, vrf }: Data): object | undefined {
  if (ipip) return { proto: ipip.payloadProtocol, ...outerShown(ipip) }
  if (sit)
    return {
      proto: sit.payloadProtocol,
      ...outerShown(sit),
      ...((sit.flags ?? 0) & 1 ? { isatap: true } : {}),
    }
  if (vrf) return { table: vrf.table }
  const both = gre ?? gretap
  return both && greShown(both)
}

/** The kinds whose parameters are compared; of the others only what every link has. */
const compared: readonly unknown[] = ['ipip', 'sit', 'gre', 'gretap', 'vrf']

export async function dumpedLinks(socket: NetlinkSocket): Promise<object[]> {
  const all = await Array.fromAsync(socket.dump(dumpLinks()))
  return all.map((link) => ({
    ifname: link.name,
    ifindex: link.index,
    mtu: link.mtu,
    qdisc: link.qdisc,
    operstate: link.operationalState?.toString().toUpperCase(),
    ...(link.transmitQueueLength ? { txqlen: link.transmitQueueLength } : {}),
    address:
      link.info?.kind && /^(ipip|sit|gre|ip6tnl|ip6gre)$/.test(link.info.kind) ? undefined : link.address,
    promiscuity: link.promiscuity,
    ...(link.alias === undefined ? {} : { ifalias: link.alias }),
    min_mtu: link.minMtu,
    max_mtu: link.maxMtu,
    inet6_addr_gen_mode: link.families?.inet6?.addressGeneration,
    num_tx_queues: link.transmitQueues,
    gso_max_size: link.gsoMaxBytes,
    gso_max_segs: link.gsoMaxSegments,
    tso_max_size: link.tsoMaxBytes,
    tso_max_segs: link.tsoMaxSegments,
    gro_max_size: link.groMaxBytes,
    kind: link.info?.kind,
    ...(compared.includes(link.info?.kind) ? { data: dataShown(link.info?.data ?? {}) } : {}),
  }))
}

interface ShownLink {
  linkinfo?: { info_kind?: string; info_data?: object }
}

export function knownLink(shown: Record<string, unknown> & ShownLink): object {
  const { linkinfo: { info_kind: kind, info_data: data } = {} } = shown
  const names = [
    ...['ifname', 'ifindex', 'mtu', 'qdisc', 'operstate', 'txqlen', 'promiscuity', 'ifalias'],
    ...['min_mtu', 'max_mtu', 'inet6_addr_gen_mode', 'num_tx_queues', 'gso_max_size', 'gso_max_segs'],
    ...['tso_max_size', 'tso_max_segs', 'gro_max_size'],
    ...(shown.link_type === 'ether' ? ['address'] : []),
  ]
  return {
    ...Object.fromEntries(names.filter((name) => name in shown).map((name) => [name, shown[name]])),
    kind,
    ...(compared.includes(kind) ? { data } : {}),
  }
}
