/**
 * The link between mobile nodes and a foreign agent: agent discovery and registrations travel here by link-layer address, since
 * the node's home address has no place in this network's routes and neighbour tables (RFC 5944, sections 3.7.3.1 and 3.7.2.2).
 */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { describeError } from '#core/error.ts'
import type { Ipv4Address, LinkAddress } from '#core/ipv4.ts'
import { decodeLinkAddress, encodeIpv4 } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { decodeEthernetFrame, encodeEthernetFrame, etherTypes } from '#wire/ip/ethernet.ts'
import { decodeIpv4Packet, encodeIpv4Packet, type Ipv4Packet, ipProtocols } from '#wire/ip/ipv4.ts'
import { decodeUdpDatagram, encodeUdpDatagram } from '#wire/ip/udp.ts'
import { registrationPort } from '#wire/mobile-ip/registration.ts'
import { WireError } from '#wire/wire-error.ts'
import { signallingFilter } from './packet-filter.ts'
import { PacketSocket } from './packet-socket.ts'

/** Where a packet came from on the link, and which addresses it bore. */
export interface LinkEnvelope {
  sourceLinkAddress: LinkAddress
  source: Ipv4Address
  destination: Ipv4Address
  timeToLive: number
}

export interface ReceivedRegistration extends LinkEnvelope {
  sourcePort: number
  payload: Buffer
}

export interface ReceivedDiscovery extends LinkEnvelope {
  /** The whole ICMP message, its checksum not yet looked at. */
  message: Buffer
}

export interface AccessLinkListener {
  registration(datagram: ReceivedRegistration): void
  discovery(icmp: ReceivedDiscovery): void
}

/** To whom on the link, and with which addresses. Time to live 1 by default: signalling stays on its link. */
interface Outgoing {
  to: LinkAddress
  source: Ipv4Address
  destination: Ipv4Address
  timeToLive?: number
}

export class AccessLink {
  readonly #packets: PacketSocket
  readonly #sink: Socket | undefined
  readonly #log: Log

  private constructor(packets: PacketSocket, sink: Socket | undefined, log: Log) {
    this.#packets = packets
    this.#sink = sink
    this.#log = log
  }

  /**
   * `address`: the one at which this node takes registration messages on the link; absent when another socket of this process holds
   * port 434 there. `groups`: multicast groups to receive.
   * Nothing is received before `listen`.
   * @throws os/system-call; the bind error of Node.js when port 434 is taken
   */
  static async open(options: {
    interface: string
    address?: Ipv4Address
    groups: Ipv4Address[]
    log: Log
  }): Promise<AccessLink> {
    const sink = options.address === undefined ? undefined : await openSink(options.address)
    try {
      const groups = options.groups.map(groupLinkAddress)
      return new AccessLink(
        PacketSocket.open(options.interface, signallingFilter, { groups }),
        sink,
        options.log,
      )
    } catch (error) {
      sink?.close()
      throw error
    }
  }

  get linkAddress(): LinkAddress {
    return this.#packets.linkAddress
  }

  listen(listener: AccessLinkListener): void {
    this.#packets.onFrame((frame) => {
      try {
        deliver(frame, listener)
      } catch (error) {
        if (!(error instanceof WireError)) throw error
        this.#log.debug({ event: 'frame-discarded', reason: describeError(error) }, 'frame discarded')
      }
    })
  }

  /** Sends a registration message from port 434. @throws os/system-call, wire/unencodable */
  sendRegistration(
    payload: Buffer,
    { destinationPort, ...envelope }: Outgoing & { destinationPort: number },
  ): void {
    const datagram = encodeUdpDatagram({ sourcePort: registrationPort, destinationPort, payload }, envelope)
    this.#send(datagram, ipProtocols.udp, envelope)
  }

  /** Sends an ICMP message of agent discovery. @throws os/system-call, wire/unencodable */
  sendDiscovery(message: Buffer, envelope: Outgoing): void {
    this.#send(message, ipProtocols.icmp, envelope)
  }

  #send(payload: Buffer, protocol: number, { to, source, destination, timeToLive = 1 }: Outgoing): void {
    const packet = encodeIpv4Packet({ source, destination, protocol, timeToLive, payload })
    const sent = this.#packets.send(
      encodeEthernetFrame({
        destination: to,
        source: this.linkAddress,
        etherType: etherTypes.ipv4,
        payload: packet,
      }),
    )
    if (!sent) this.#log.debug({ event: 'frame-lost', to, destination }, 'the link is down, frame lost')
  }

  close(): void {
    this.#packets.close()
    this.#sink?.close()
  }
}

function deliver(frame: Buffer, listener: AccessLinkListener): void {
  const { source: sourceLinkAddress, payload } = decodeEthernetFrame(frame)
  const packet = decodeIpv4Packet(payload)
  const { source, destination, timeToLive } = packet
  const envelope = { sourceLinkAddress, source, destination, timeToLive }
  if (packet.protocol === ipProtocols.icmp) listener.discovery({ ...envelope, message: packet.payload })
  else listener.registration({ ...envelope, ...registrationDatagram(packet) })
}

function registrationDatagram(packet: Ipv4Packet): { sourcePort: number; payload: Buffer } {
  const { sourcePort, payload, checksum } = decodeUdpDatagram(packet.payload, packet)
  if (checksum === 'wrong') throw new WireError('wire/malformed', 'the UDP checksum is wrong', { offset: 6 })
  return { sourcePort, payload }
}

/** The Ethernet address of an IPv4 multicast group (RFC 1112, section 6.4). */
export function groupLinkAddress(group: Ipv4Address): LinkAddress {
  const bytes = Buffer.concat([Buffer.of(0x01, 0x00, 0x5e), encodeIpv4(group).subarray(1)])
  bytes.writeUInt8(bytes.readUInt8(3) & 0x7f, 3)
  return decodeLinkAddress(bytes)
}

/**
 * A plain UDP socket that drops what it reads. The kernel sees the registrations too, and without a socket on their port it would
 * answer "port unreachable".
 */
async function openSink(address: Ipv4Address): Promise<Socket> {
  const sink = createSocket('udp4')
  sink.bind(registrationPort, address)
  await once(sink, 'listening')
  return sink
}
