import { attributes, type Encodable } from './attribute.ts'
import { repeated } from './attribute-array.ts'
import { u16, u32 } from './attribute-type.ts'
import { onOff, option, type Words } from './command-line.ts'
import { vlanProtocol } from './link-bridge.ts'
import { struct } from './struct.ts'

/** `VLAN_FLAG_*` of linux/if_vlan.h. */
export const vlanFlag = {
  REORDER_HEADER: 0x1,
  GVRP: 0x2,
  LOOSE_BINDING: 0x4,
  MVRP: 0x8,
  BRIDGE_BINDING: 0x10,
} as const

const flagsAndMask = struct('ifla_vlan_flags', { flags: u32, mask: u32 })
const priorityMapping = struct('ifla_vlan_qos_mapping', { from: u32, to: u32 })
const priorityMap = repeated(1, priorityMapping)

/** Frames of one VLAN of the link below (IEEE 802.1Q): `IFLA_VLAN_*` of linux/if_link.h. */
export const vlanAttributes = attributes({
  id: [1, 'IFLA_VLAN_ID', u16],
  flags: [2, 'IFLA_VLAN_FLAGS', flagsAndMask],
  /** From the priority of a packet to the bits in the tag. */
  egressPriorities: [3, 'IFLA_VLAN_EGRESS_QOS', priorityMap],
  /** From the bits in the tag to the priority of a packet. */
  ingressPriorities: [4, 'IFLA_VLAN_INGRESS_QOS', priorityMap],
  protocol: [5, 'IFLA_VLAN_PROTOCOL', vlanProtocol],
})

type VlanData = Encodable<typeof vlanAttributes>

const flagWords = [
  ['reorderHeader', 'reorder_hdr', vlanFlag.REORDER_HEADER],
  ['gvrp', 'gvrp', vlanFlag.GVRP],
  ['mvrp', 'mvrp', vlanFlag.MVRP],
  ['looseBinding', 'loose_binding', vlanFlag.LOOSE_BINDING],
  ['bridgeBinding', 'bridge_binding', vlanFlag.BRIDGE_BINDING],
] as const

export interface Vlan extends Pick<VlanData, 'protocol' | 'egressPriorities' | 'ingressPriorities'> {
  /** 0 to 4095. May be left out when a link that exists is changed. */
  id?: number
  /** Whether the tag is taken off what is received; the kernel's default is yes. */
  reorderHeader?: boolean
  /** Whether the VLAN is announced to switches, by GVRP or MVRP. */
  gvrp?: boolean
  mvrp?: boolean
  /** Whether the link goes on without the carrier of the link below. */
  looseBinding?: boolean
  /** Whether the link has a carrier while a port of the bridge below is in its VLAN. */
  bridgeBinding?: boolean
}

/** The type of a link; `addLink` names the one below as `lowerLink`. Like `ip link add link DEVICE name NAME type vlan id ID ...`. */
export function vlan({ id, protocol, egressPriorities, ingressPriorities, ...switches }: Vlan) {
  const bits = (isSet: (value: boolean | undefined) => boolean) =>
    flagWords.reduce((sum, [name, , bit]) => sum | (isSet(switches[name]) ? bit : 0), 0)
  const mask = bits((value) => value !== undefined)
  const flags = mask === 0 ? undefined : { flags: bits((value) => value === true), mask }
  return {
    kind: 'vlan',
    data: { vlan: { id, protocol, egressPriorities, ingressPriorities, flags } },
  } as const
}

export function renderVlan({ id, protocol, flags, egressPriorities, ingressPriorities }: VlanData): Words {
  const { flags: values = 0, mask = 0 } = flags ?? {}
  return [
    option('id', id),
    option('protocol', protocol),
    renderMap('egress-qos-map', egressPriorities),
    renderMap('ingress-qos-map', ingressPriorities),
    flagWords.map(([, word, bit]) => (mask & bit) !== 0 && option(word, onOff((values & bit) !== 0))),
  ]
}

function renderMap(word: string, map: VlanData['egressPriorities'] = []): Words {
  return map.length === 0 ? [] : [word, ...map.map(({ from = 0, to = 0 }) => `${from}:${to}`)]
}
