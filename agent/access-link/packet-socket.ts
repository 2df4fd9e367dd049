import { decodeLinkAddress, encodeLinkAddress, type LinkAddress } from '#core/ipv4.ts'
import { interfaceIndex, OsSocket, SystemCallError } from '#core/os-socket.ts'
import { etherTypes } from '#wire/ip/ethernet.ts'
import { encodeInstructions, type Instruction } from './packet-filter.ts'

/** linux/socket.h, linux/if_packet.h, linux/if_ether.h, asm-generic/socket.h */
const AF_PACKET = 17
const ETH_P_ALL = 3
const SOL_SOCKET = 1
const SO_RCVBUF = 8
const SOCK_RAW = 3
const SOL_PACKET = 263
const PACKET_ADD_MEMBERSHIP = 1
const PACKET_MR_MULTICAST = 0

const largestFrame = 65_536 + 14
const sockaddrLinkLayerBytes = 20
const offset = { hardwareAddressLength: 11, hardwareAddress: 12 } as const

/** The interface is down, has no carrier or its queue is full: on a link that is a lost frame, not a fault of the caller. */
const lostFrame = new Set(['ENETDOWN', 'ENOBUFS', 'EAGAIN', 'ENXIO'])

/** What a packet socket sees, beside what its filter says: IPv4 that comes in, or whatever comes in and goes out. */
const seen = { 'incoming-ipv4': etherTypes.ipv4, all: ETH_P_ALL } as const

export interface PacketSocketOptions {
  /** Ethernet multicast addresses to receive beside the interface's own and broadcast. */
  groups?: readonly LinkAddress[]
  sees?: keyof typeof seen
  /** How much may wait to be read: the kernel takes no copy of what is beyond. Its own default when absent. */
  waitingBytes?: number
}

/** Ethernet frames of one interface, in and out (packet(7)): what the filter passes of IPv4 that comes in, unless more is asked for. */
export class PacketSocket {
  readonly linkAddress: LinkAddress
  readonly #socket: OsSocket
  readonly #buffer = Buffer.alloc(largestFrame)
  #closed = false

  private constructor(socket: OsSocket) {
    this.#socket = socket
    const address = socket.localAddress()
    const length = address.readUInt8(offset.hardwareAddressLength)
    if (length !== 6) throw new SystemCallError('getsockname', 'the interface is not of the Ethernet kind')
    this.linkAddress = decodeLinkAddress(address, offset.hardwareAddress)
  }

  /** Needs CAP_NET_RAW. @throws os/system-call */
  static open(
    interfaceName: string,
    filter: readonly Instruction[],
    { groups = [], sees = 'incoming-ipv4', waitingBytes }: PacketSocketOptions = {},
  ): PacketSocket {
    const index = interfaceIndex(interfaceName)
    // Protocol 0 receives nothing, so that no frame slips in before the filter stands.
    const socket = OsSocket.open({ domain: AF_PACKET, type: SOCK_RAW, protocol: 0 })
    try {
      socket.attachFilter(encodeInstructions(filter))
      for (const group of groups)
        socket.setOption(SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership(index, group))
      if (waitingBytes !== undefined) socket.setOption(SOL_SOCKET, SO_RCVBUF, int32(waitingBytes))
      socket.bind(sockaddrLinkLayer(index, seen[sees]))
      return new PacketSocket(socket)
    } catch (error) {
      socket.close()
      throw error
    }
  }

  /** Calls `listener` with each frame that comes in, until `close`. */
  onFrame(listener: (frame: Buffer) => void): void {
    this.#socket.onReadable(() => {
      for (let frame = this.read(); frame; frame = this.read()) listener(frame)
    })
  }

  /** The next frame that waits. @throws os/system-call */
  read(): Buffer | undefined {
    try {
      const length = this.#socket.receive(this.#buffer)
      return length === undefined ? undefined : Buffer.from(this.#buffer.subarray(0, length))
    } catch (error) {
      if (isLostFrame(error)) return undefined // told once when the interface goes down; the socket outlives that
      throw error
    }
  }

  /** Sends a frame; false when the link lost it, or the socket is closed. @throws os/system-call */
  send(frame: Buffer): boolean {
    if (this.#closed) return false
    try {
      this.#socket.send(frame)
      return true
    } catch (error) {
      if (isLostFrame(error)) return false
      throw error
    }
  }

  close(): void {
    this.#closed = true
    this.#socket.close()
  }
}

function isLostFrame(error: unknown): boolean {
  return error instanceof SystemCallError && lostFrame.has(error.errno)
}

/** `struct sockaddr_ll`, in the byte order of this machine (little endian) but for the protocol. */
function sockaddrLinkLayer(index: number, protocol: number): Buffer {
  const address = Buffer.alloc(sockaddrLinkLayerBytes)
  address.writeUInt16LE(AF_PACKET, 0)
  address.writeUInt16BE(protocol, 2)
  address.writeInt32LE(index, 4)
  return address
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

/** `struct packet_mreq` */
function membership(index: number, group: LinkAddress): Buffer {
  const request = Buffer.alloc(16)
  request.writeInt32LE(index, 0)
  request.writeUInt16LE(PACKET_MR_MULTICAST, 4)
  request.writeUInt16LE(6, 6)
  encodeLinkAddress(group).copy(request, 8)
  return request
}
