/** The bytes below netlink: one socket of the kernel, its options, one receive buffer. */
import { DatagramSlots } from '#core/datagram-slots.ts'
import { OsSocket, SystemCallError } from '#core/os-socket.ts'

const AF_NETLINK = 16
const SOCK_RAW = 3
/** linux/netlink.h */
const protocols = { route: 0, netfilter: 12, generic: 16 } as const

/** asm-generic/socket.h and linux/netlink.h. */
const SOL_SOCKET = { level: 1, SNDBUF: 7, RCVBUF: 8, SNDBUFFORCE: 32, RCVBUFFORCE: 33 } as const
const SOL_NETLINK = { level: 270, ADD_MEMBERSHIP: 1, CAP_ACK: 10, EXT_ACK: 11, GET_STRICT_CHK: 12 } as const

/** The kernel fills at most 32 KiB of a dump into one datagram; a single object with all its attributes stays below that too. */
const receiveBufferBytes = 64 * 1024

/**
 * What the kernel may queue. The default overflows at 256 acknowledgements, which then are lost.
 */
const defaultBufferBytes = 4 * 1024 * 1024

/**
 * Where answers are received that come in numbers, an acknowledgement for each request of a send. All sockets share it: what is in
 * there is dealt with before anything else is received.
 */
let answerSlots: DatagramSlots | undefined
const answersAtOnce = 128

/** A datagram: the first `length` bytes, which hold until the call returns. */
export type TakeDatagram = (bytes: Buffer, length: number) => void

export interface TransportOptions {
  /** Path of a network namespace such as `/run/netns/a1`; this process's own when absent. */
  namespace?: string
  /** `route` when absent. */
  protocol?: keyof typeof protocols
  /** What the kernel may queue in each direction, 4 MiB when absent. */
  bufferBytes?: number
  /** Multicast groups to join, `enum rtnetlink_groups` (linux/rtnetlink.h). */
  groups?: number[]
}

/** A netlink socket of the kernel: whole datagrams out and in. */
export class Transport {
  readonly #socket: OsSocket
  readonly received = Buffer.allocUnsafeSlow(receiveBufferBytes)

  /** @throws os/system-call */
  constructor(options: TransportOptions = {}) {
    const { namespace, protocol = 'route' } = options
    const kind = { domain: AF_NETLINK, type: SOCK_RAW, protocol: protocols[protocol] }
    this.#socket = OsSocket.open(namespace === undefined ? kind : { ...kind, namespace })
    try {
      this.#setUp(options)
    } catch (error) {
      this.#socket.close()
      throw error
    }
  }

  #setUp({ groups = [], bufferBytes = defaultBufferBytes }: TransportOptions): void {
    this.#setBuffer(SOL_SOCKET.RCVBUFFORCE, SOL_SOCKET.RCVBUF, bufferBytes)
    // A send of ours is at most one request longer than 32 KiB.
    this.#setBuffer(SOL_SOCKET.SNDBUFFORCE, SOL_SOCKET.SNDBUF, defaultBufferBytes)
    for (const option of [SOL_NETLINK.CAP_ACK, SOL_NETLINK.EXT_ACK, SOL_NETLINK.GET_STRICT_CHK])
      this.#socket.setOption(SOL_NETLINK.level, option, integer(1))
    const address = Buffer.alloc(12)
    address.writeUInt16LE(AF_NETLINK)
    this.#socket.bind(address)
    // To the kernel, whose address is zero: the messages of other processes are refused to them.
    this.#socket.connect(address)
    for (const group of groups)
      this.#socket.setOption(SOL_NETLINK.level, SOL_NETLINK.ADD_MEMBERSHIP, integer(group))
  }

  /** The forced form goes beyond the limit in net.core, and needs CAP_NET_ADMIN. */
  #setBuffer(forced: number, plain: number, bytes: number): void {
    try {
      this.#socket.setOption(SOL_SOCKET.level, forced, integer(bytes))
    } catch (error) {
      if (!(error instanceof SystemCallError && error.errno === 'EPERM')) throw error
      this.#socket.setOption(SOL_SOCKET.level, plain, integer(bytes))
    }
  }

  /** The kernel has acted on every message, and queued its answers, when this returns. @throws os/system-call */
  send(bytes: Buffer): void {
    this.#socket.send(bytes)
  }

  /** Puts one datagram into `received` and returns its length; undefined when none waits. @throws os/system-call */
  receive(): number | 'overrun' | undefined {
    return unlessOverrun(() => this.#socket.receive(this.received))
  }

  /** Hands some of the datagrams that wait, at most `most`, to `take`. Returns how many; 0 when none waits. @throws os/system-call */
  receiveMany(most: number, take: TakeDatagram): number | 'overrun' {
    if (most === 1) {
      const length = this.receive()
      if (typeof length !== 'number') return length ?? 0
      take(this.received, length)
      return 1
    }
    answerSlots ??= new DatagramSlots(answersAtOnce, receiveBufferBytes)
    const into = answerSlots
    const count = unlessOverrun(() => this.#socket.receiveMany(into, Math.min(most, answersAtOnce)))
    if (count !== 'overrun') into.forEach(count, take)
    return count
  }

  onReadable(listener: () => void): void {
    this.#socket.onReadable(listener)
  }

  close(): void {
    this.#socket.close()
  }
}

/** `ENOBUFS` of a netlink socket: something was dropped. */
function unlessOverrun<Received>(receive: () => Received): Received | 'overrun' {
  try {
    return receive()
  } catch (error) {
    if (error instanceof SystemCallError && error.errno === 'ENOBUFS') return 'overrun'
    throw error
  }
}

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}
