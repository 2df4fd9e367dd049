import { isIP } from 'node:net'
import { renderAction } from './action.ts'
import type { Encodable } from './attribute.ts'
import { option, type Words } from './command-line.ts'
import { connectionStates, type flowerAttributes } from './filter-flower-attribute.ts'
import { renderHardware } from './filter-hardware.ts'
import { encodeIp } from './ip-address.ts'
import { renderTcHandle } from './tc-handle.ts'

type FlowerValue = Encodable<typeof flowerAttributes>
type Format = (value: string | number, mask: string | number | undefined) => string

const hex = (value: string | number) => (typeof value === 'number' ? `0x${value.toString(16)}` : value)

/** An address with the length of its mask, or with the mask where that is none of a prefix. */
const prefix: Format = (address, mask) => {
  if (mask === undefined || isIP(`${mask}`) === 0) return `${address}`
  const bits = [...encodeIp(`${mask}`)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const length = /^(1*)0*$/.exec(bits)?.[1]?.length
  return length === bits.length ? `${address}` : `${address}/${length ?? mask}`
}
const link: Format = (address, mask) =>
  mask === undefined || /^[f:]+$/.test(`${mask}`) ? `${address}` : `${address}/${mask}`
const masked =
  (show: (value: string | number) => string | number, allBits: number, showMask = hex): Format =>
  (value, mask) =>
    mask === undefined || mask === allBits ? `${show(value)}` : `${show(value)}/${showMask(mask)}`
const decimal = (value: string | number) => value
const byte = masked(decimal, 0xff)
const hexByte = masked(hex, 0xff)
/** Of ICMP and ARP `tc` takes masks in decimal digits only. */
const decimalByte = masked(decimal, 0xff, String)
const port = masked(decimal, 0xffff)
const plain: Format = (value) => `${value}`
const state: Format = (value, mask = 0xffff) =>
  Object.entries(connectionStates)
    .map(([name, bit]) => (Number(mask) & bit ? `${Number(value) & bit ? '+' : '-'}${name}` : ''))
    .join('')

/** The words of `tc ... flower` for the attributes, in an order in which `tc` understands them. */
const words: [word: string, attribute: keyof FlowerValue & string, format: Format][] = [
  ['num_of_vlans', 'vlanCount', plain],
  ['vlan_id', 'vlanId', plain],
  ['vlan_prio', 'vlanPriority', plain],
  ['vlan_ethtype', 'vlanEtherType', hex],
  ['cvlan_id', 'innerVlanId', plain],
  ['cvlan_prio', 'innerVlanPriority', plain],
  ['cvlan_ethtype', 'innerVlanEtherType', hex],
  ['dst_mac', 'destinationLinkAddress', link],
  ['src_mac', 'sourceLinkAddress', link],
  ['ip_proto', 'ipProtocol', hex],
  ['src_ip', 'source', prefix],
  ['dst_ip', 'destination', prefix],
  ['src_ip', 'source6', prefix],
  ['dst_ip', 'destination6', prefix],
  ['src_port', 'tcpSourcePort', port],
  ['src_port', 'udpSourcePort', port],
  ['src_port', 'sctpSourcePort', port],
  ['dst_port', 'tcpDestinationPort', port],
  ['dst_port', 'udpDestinationPort', port],
  ['dst_port', 'sctpDestinationPort', port],
  ['tcp_flags', 'tcpFlags', masked(hex, 0xfff)],
  ['ip_tos', 'tos', hexByte],
  ['ip_ttl', 'ttl', byte],
  ['type', 'icmpType', decimalByte],
  ['type', 'icmp6Type', decimalByte],
  ['code', 'icmpCode', decimalByte],
  ['code', 'icmp6Code', decimalByte],
  ['arp_sip', 'arpSource', prefix],
  ['arp_tip', 'arpTarget', prefix],
  ['arp_op', 'arpOperation', decimalByte],
  ['arp_sha', 'arpSourceLinkAddress', link],
  ['arp_tha', 'arpTargetLinkAddress', link],
  ['enc_dst_ip', 'tunnelDestination', prefix],
  ['enc_dst_ip', 'tunnelDestination6', prefix],
  ['enc_src_ip', 'tunnelSource', prefix],
  ['enc_src_ip', 'tunnelSource6', prefix],
  ['enc_key_id', 'tunnelKey', plain],
  ['enc_dst_port', 'tunnelDestinationPort', plain],
  ['enc_tos', 'tunnelTos', hexByte],
  ['enc_ttl', 'tunnelTtl', byte],
  ['ct_state', 'connectionState', state],
  ['ct_zone', 'connectionZone', masked(decimal, 0xffff)],
  ['ct_mark', 'connectionMark', masked(hex, 0xffffffff)],
  ['mpls_label', 'mplsLabel', plain],
  ['mpls_tc', 'mplsTrafficClass', plain],
  ['mpls_bos', 'mplsBottom', plain],
  ['mpls_ttl', 'mplsTtl', plain],
]

function renderRange(word: string, first: number | undefined, last: number | undefined): string | undefined {
  return first === undefined || last === undefined ? undefined : `${word} ${first}-${last}`
}

/** `ip_flags frag/nofirstfrag`: the bits that count, each as it must be. */
function renderFragment(bits = 0, mask = 0): string | undefined {
  const names = ['frag', 'firstfrag'].flatMap((name, bit) =>
    mask & (1 << bit) ? [bits & (1 << bit) ? name : `no${name}`] : [],
  )
  return option('ip_flags', names.length === 0 ? undefined : names.join('/'))
}

export function renderFlower(value: FlowerValue): Words {
  // The attributes of `words` and their masks are text or numbers.
  const given = value as Record<string, string | number | undefined>
  const matches = words.map(([word, attribute, format]) => {
    const field = given[attribute]
    return field === undefined ? undefined : [word, format(field, given[`${attribute}Mask`])]
  })
  const ports = words.findIndex(([word]) => word === 'src_port')
  return [
    option('indev', value.inputDevice),
    renderHardware(value.flags),
    matches.slice(0, ports).flat(),
    renderRange('src_port', value.firstSourcePort, value.lastSourcePort),
    renderRange('dst_port', value.firstDestinationPort, value.lastDestinationPort),
    matches.slice(ports).flat(),
    renderFragment(value.fragmentFlags, value.fragmentFlagsMask),
    renderTcHandle('classid', value.classId),
    (value.actions ?? []).map(renderAction),
  ]
}
