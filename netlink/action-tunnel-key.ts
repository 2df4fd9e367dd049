import { actionTimes } from './action-times.ts'
import { genericAction, renderVerdict, type Verdict } from './action-verdict.ts'
import { familyOf } from './address-family.ts'
import { attributes, type Encodable } from './attribute.ts'
import { be16, be32, bool8, choice, ipAddress, raw, s32, u8 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { struct } from './struct.ts'

/**
 * What a tunnel device with collect metadata (`external`) shall write into the outer header: `TCA_TUNNEL_KEY_*`
 * (linux/tc_act/tc_tunnel_key.h).
 */
export const tunnelKeyAttributes = attributes({
  times: [1, 'TCA_TUNNEL_KEY_TM', actionTimes],
  parameters: [
    2,
    'TCA_TUNNEL_KEY_PARMS',
    struct('tc_tunnel_key', { ...genericAction.fields, operation: choice(s32, { set: 1, unset: 2 }) }),
  ],
  source: [3, 'TCA_TUNNEL_KEY_ENC_IPV4_SRC', ipAddress],
  destination: [4, 'TCA_TUNNEL_KEY_ENC_IPV4_DST', ipAddress],
  source6: [5, 'TCA_TUNNEL_KEY_ENC_IPV6_SRC', ipAddress],
  destination6: [6, 'TCA_TUNNEL_KEY_ENC_IPV6_DST', ipAddress],
  /** Key of GRE, network identifier of VXLAN. */
  id: [7, 'TCA_TUNNEL_KEY_ENC_KEY_ID', be32],
  destinationPort: [9, 'TCA_TUNNEL_KEY_ENC_DST_PORT', be16],
  noChecksum: [10, 'TCA_TUNNEL_KEY_NO_CSUM', bool8],
  /** Nested `TCA_TUNNEL_KEY_ENC_OPTS_*` of geneve, vxlan and erspan, as they are. */
  tunnelOptions: [11, 'TCA_TUNNEL_KEY_ENC_OPTS', raw],
  tos: [12, 'TCA_TUNNEL_KEY_ENC_TOS', u8],
  ttl: [13, 'TCA_TUNNEL_KEY_ENC_TTL', u8],
})

export interface TunnelKey {
  /** IPv4 or IPv6; both of one family. */
  source: string
  destination: string
  /** Key of GRE, network identifier of VXLAN. */
  id?: number
  /** UDP port, for VXLAN. */
  destinationPort?: number
  tos?: number
  ttl?: number
  /** True when absent. */
  checksum?: boolean
  verdict?: Verdict
}

/** Like `action tunnel_key set src_ip A dst_ip B id N dst_port N tos N ttl N nocsum`. */
export function tunnelKey({ source, destination, checksum = true, verdict = 'pipe', ...outer }: TunnelKey) {
  const { id, destinationPort, tos, ttl } = outer
  const addresses =
    familyOf(destination) === 'inet'
      ? { source, destination }
      : { source6: source, destination6: destination }
  const fields = { ...addresses, id, destinationPort, tos, ttl, noChecksum: !checksum }
  return {
    kind: 'tunnel_key',
    options: { tunnel_key: { ...fields, parameters: { verdict, operation: 'set' } } },
  } as const
}

/** Forgets the outer header that a packet came with. Like `action tunnel_key unset`. */
export function tunnelKeyUnset({ verdict = 'pipe' }: { verdict?: Verdict } = {}) {
  return {
    kind: 'tunnel_key',
    options: { tunnel_key: { noChecksum: false, parameters: { verdict, operation: 'unset' } } },
  } as const
}

export function renderTunnelKey(value: Encodable<typeof tunnelKeyAttributes>): Words {
  const { parameters, tos } = value
  return [
    parameters?.operation || undefined,
    option('src_ip', value.source ?? value.source6),
    option('dst_ip', value.destination ?? value.destination6),
    option('id', value.id),
    option('dst_port', value.destinationPort),
    option('tos', tos === undefined ? undefined : `0x${tos.toString(16)}`),
    option('ttl', value.ttl),
    value.noChecksum && 'nocsum',
    renderVerdict(parameters, 'pipe'),
  ]
}
