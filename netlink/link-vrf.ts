import { attributes, type Encodable } from './attribute.ts'
import { u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'

/** Virtual routing and forwarding: `IFLA_VRF_*` of linux/if_link.h. */
export const vrfAttributes = attributes({ table: [1, 'IFLA_VRF_TABLE', u32] })

/** A link that belongs to one. */
export const vrfPortAttributes = attributes({ table: [1, 'IFLA_VRF_PORT_TABLE', u32] })

/** The type of a link whose ports are routed by `table`. Like `ip link add NAME type vrf table TABLE`. */
export function vrf(table: number) {
  return { kind: 'vrf', data: { vrf: { table } } } as const
}

export function renderVrf({ table }: Encodable<typeof vrfAttributes>): Words {
  return [option('table', table)]
}
