/** The tunnels among the links, for the table of link types in link.ts. */
import type { Encodable } from './attribute.ts'
import type { Words } from './command-line.ts'
import { greAttributes, renderGre } from './link-gre.ts'
import { renderIp6gre } from './link-ip6gre.ts'
import { ip6tnlAttributes, renderIp6tnl } from './link-ip6tnl.ts'
import { ipipAttributes, renderIpip } from './link-ipip.ts'
import { renderSit, sitAttributes } from './link-sit.ts'
import { renderVxlan, vxlanAttributes } from './link-vxlan.ts'

export const tunnelTypes = {
  ipip: ipipAttributes,
  sit: sitAttributes,
  ip6tnl: ip6tnlAttributes,
  gre: greAttributes,
  gretap: greAttributes,
  ip6gre: greAttributes,
  ip6gretap: greAttributes,
  vxlan: vxlanAttributes,
} as const

type TunnelData = {
  readonly [Kind in keyof typeof tunnelTypes]?: Encodable<(typeof tunnelTypes)[Kind]> | undefined
}

/** What follows `type KIND`. `whole`: all parameters, for a change: there `ip` keeps what it is not told. */
export function renderTunnel(data: TunnelData, whole: boolean): Words {
  return [
    data.ipip && renderIpip(data.ipip, whole),
    data.sit && renderSit(data.sit, whole),
    data.ip6tnl && renderIp6tnl(data.ip6tnl, whole),
    data.gre && renderGre(data.gre, whole),
    data.gretap && renderGre(data.gretap, whole),
    data.ip6gre && renderIp6gre(data.ip6gre, whole),
    data.ip6gretap && renderIp6gre(data.ip6gretap, whole),
    data.vxlan && renderVxlan(data.vxlan, whole),
  ]
}
