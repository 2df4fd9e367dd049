/** For tests: the kernel's side of a netlink socket. It answers messages, as the test says. */
import type { Exchange } from './batch.ts'
import { messageHeaderBytes, messagesIn, NLM_F, NLMSG, type ReceivedMessage } from './message.ts'
import type { Notifications } from './monitor.ts'
import type { TakeDatagram } from './transport.ts'

export type Datagram = Buffer | 'overrun'
export type Answer = (message: ReceivedMessage, sent: Buffer) => Datagram[]

/** A kernel that answers each message as the test says, and keeps what it was sent. */
export class FakeKernel implements Exchange, Notifications {
  readonly received = Buffer.alloc(65536)
  readonly sends: ReceivedMessage[][] = []
  readonly #answer: Answer
  #queue: Datagram[] = []
  #next = 0
  #listener = () => {}
  closed = false

  constructor(answer: Answer) {
    this.#answer = answer
  }

  send(bytes: Buffer): void {
    const messages = [...messagesIn(bytes)]
    this.sends.push(messages)
    for (const message of messages) this.#queue.push(...this.#answer(message, bytes))
  }

  receive(): number | 'overrun' | undefined {
    const next = this.#queue[this.#next++]
    if (next === undefined) {
      this.#queue = []
      this.#next = 0
    }
    return Buffer.isBuffer(next) ? next.copy(this.received) : next
  }

  receiveMany(most: number, take: TakeDatagram): number | 'overrun' {
    let count = 0
    for (; count < most && Buffer.isBuffer(this.#queue[this.#next]); count++) {
      const length = this.receive()
      if (typeof length === 'number') take(this.received, length)
    }
    return count === 0 && this.receive() === 'overrun' ? 'overrun' : count
  }

  onReadable(listener: () => void): void {
    this.#listener = listener
  }

  /** Something that nobody asked for. */
  notify(...datagrams: Datagram[]): void {
    this.#queue.push(...datagrams)
    while (this.#next < this.#queue.length && !this.closed) this.#listener()
  }

  close(): void {
    this.closed = true
  }
}

/** A message of its own: nlmsghdr and what follows it. */
export function datagram(type: number, sequence: number, flags: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(messageHeaderBytes)
  header.writeUInt32LE(messageHeaderBytes + payload.length)
  header.writeUInt16LE(type, 4)
  header.writeUInt16LE(flags, 6)
  header.writeUInt32LE(sequence, 8)
  return Buffer.concat([header, payload])
}

/** An acknowledgement as a kernel with NETLINK_CAP_ACK and NETLINK_EXT_ACK sends it. */
export function acknowledgement(
  message: ReceivedMessage,
  errno = 0,
  ...attributes: [number, Buffer][]
): Buffer {
  const payload = Buffer.alloc(4 + messageHeaderBytes)
  payload.writeInt32LE(-errno)
  const extended = attributes.map(([number, value]) => {
    const attribute = Buffer.alloc((4 + value.length + 3) & ~3)
    attribute.writeUInt16LE(4 + value.length)
    attribute.writeUInt16LE(number, 2)
    value.copy(attribute, 4)
    return attribute
  })
  return datagram(
    NLMSG.ERROR,
    message.sequence,
    NLM_F.CAPPED | NLM_F.ACK_TLVS,
    Buffer.concat([payload, ...extended]),
  )
}
