import type { ForeignAgentName, HostName } from '../../topology/hosts.ts'
import type { CapturePoint } from '../../witness/capture.ts'

/** Diameter messages are longer than a packet's headers and have to be whole to be decoded. */
const wholePacket = 4096
/** Enough for the headers of a tunnelled segment, and for the number in a datagram of iperf3. */
const headersOnly = 96

/** What is neither user data nor its acknowledgements. */
const signalling = 'tcp port 3868 or udp port 434 or arp or icmp'

/** The core router sees every packet between servers and agents. `tunnelled`: user packets in tunnels too. */
export function coreSignalling({ tunnelled }: { tunnelled: boolean }): CapturePoint {
  const filter = tunnelled ? `${signalling} or ip proto 4` : signalling
  return { host: 'core', interface: 'any', filter, snapLength: wholePacket }
}

/** Agent advertisements and registrations on an access link. */
export function accessSignalling(agent: ForeignAgentName): CapturePoint {
  return { host: agent, interface: 'access', filter: 'udp port 434 or arp or icmp', snapLength: 256 }
}

/** Openings and resets of TCP connections, as the correspondent sees them. */
export const connections: CapturePoint = {
  host: 'cn',
  interface: 'eth0',
  filter: 'tcp[tcpflags] & (tcp-syn|tcp-rst) != 0',
  snapLength: headersOnly,
}

/** The datagrams of a stream as they reach a node. */
export function stream(host: HostName, port: number): CapturePoint {
  return { host, interface: 'radio0', filter: `udp dst port ${port}`, snapLength: headersOnly }
}
