/** Little is captured, so that a machine with nothing to spare decodes it in a second. */
import type { ForeignAgentName, MobileNodeName } from '../../topology/hosts.ts'
import type { CapturePoint } from '../../witness/capture.ts'

/** The core router sees every message between servers and agents, and every packet in a tunnel. */
export const diameterAndTunnels: CapturePoint = {
  host: 'core',
  interface: 'any',
  filter: 'tcp port 3868 or ip proto 4',
  snapLength: 4096,
}

export function registrations(agent: ForeignAgentName): CapturePoint {
  return { host: agent, interface: 'access', filter: 'udp port 434', snapLength: 256 }
}

/** The packets of the stream that reach a node. */
export function arrivalsAt(node: MobileNodeName): CapturePoint {
  return { host: node, interface: 'radio0', filter: 'icmp[icmptype] == icmp-echo', snapLength: 96 }
}
