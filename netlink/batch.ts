/**
 * Many requests in few sends. rtnetlink acts on a message inside send(2), so all answers wait when it returns: nothing here
 * blocks or is asynchronous.
 */
import { readAcknowledgement, refusal } from './acknowledgement.ts'
import { linkMessage } from './link.ts'
import {
  messagesIn,
  type NetlinkRequest,
  NLM_F,
  NLMSG,
  type ReceivedMessage,
  writeMessage,
} from './message.ts'
import { MessageWriter } from './message-writer.ts'
import { NetlinkError } from './netlink-error.ts'
import type { Transport } from './transport.ts'

/** What a batch needs of a transport; tests have a kernel of their own behind it. */
export type Exchange = Pick<Transport, 'send' | 'receive' | 'received'>

/** What became of one request of a transaction. */
export type Result<Answer = unknown> =
  | {
      ok: true
      reply: Answer
      /** The kernel's words about what it did. */
      warning?: string
    }
  | { ok: false; error: NetlinkError }

/** Below what SO_SNDBUF takes in one send, and below the number of acknowledgements that even a default buffer holds. */
const limits = { bytes: 32 * 1024, messages: 100 } as const

interface Pending {
  request: NetlinkRequest
  position: number
  start: number
  end: number
  reply?: Buffer
}

export class Batch {
  /** In the order of the requests; complete after `flush`. */
  readonly results: Result[] = []
  readonly #transport: Exchange
  readonly #nextSequence: () => number
  readonly #writer: MessageWriter
  readonly #pending = new Map<number, Pending>()
  /** Indices that were looked up; forgotten when a request may have changed them. */
  readonly #known = new Map<string, number>()
  #count = 0
  /** Where the message that is being written starts, and up to where messages are sent. */
  #start = 0
  #sent = 0

  /** `interfaceIndex` is called when all requests before the one that names the interface have been carried out. */
  constructor(transport: Exchange, nextSequence: () => number, interfaceIndex: (name: string) => number) {
    this.#transport = transport
    this.#nextSequence = nextSequence
    this.#writer = new MessageWriter((name) => {
      const known = this.#known.get(name)
      if (known !== undefined) return known
      this.#send(this.#start)
      const index = interfaceIndex(name)
      this.#known.set(name, index)
      return index
    })
  }

  /** Adds a request, and sends the ones before it when they are enough for one send. @throws os/system-call */
  add(request: NetlinkRequest): void {
    const position = this.#count++
    if (this.#pending.size >= limits.messages || this.#writer.length >= limits.bytes) this.flush()
    this.#start = this.#writer.length
    const sequence = this.#nextSequence()
    try {
      writeMessage(this.#writer, request, sequence, NLM_F.REQUEST | NLM_F.ACK)
    } catch (error) {
      if (!(error instanceof NetlinkError)) throw error
      this.#writer.length = this.#start
      this.results[position] = { ok: false, error: unsendable(request, error) }
      return
    }
    if (this.#writer.length - this.#sent > limits.bytes) this.#send(this.#start)
    if (request.format === linkMessage) this.#known.clear()
    this.#pending.set(sequence, { request, position, start: this.#start, end: this.#writer.length })
  }

  /** Sends all that was added and collects the answers. @throws os/system-call, netlink/malformed */
  flush(): void {
    this.#send(this.#writer.length)
    this.#writer.length = 0
    this.#sent = 0
  }

  #send(end: number): void {
    if (end === this.#sent) return
    const bytes = this.#writer.bytes.subarray(this.#sent, end)
    this.#sent = end
    this.#transport.send(bytes)
    this.#receive()
    for (const { request, position } of this.#pending.values())
      this.results[position] = { ok: false, error: unanswered(request) }
    this.#pending.clear()
  }

  #receive(): void {
    while (this.#pending.size > 0) {
      const length = this.#transport.receive()
      if (length === undefined) return
      if (length === 'overrun') continue
      for (const message of messagesIn(this.#transport.received, length)) this.#take(message)
    }
  }

  #take(message: ReceivedMessage): void {
    const pending = this.#pending.get(message.sequence)
    if (pending === undefined) return
    const bytes = this.#transport.received
    if (message.type !== NLMSG.ERROR) {
      pending.reply = Buffer.from(bytes.subarray(message.from, message.to))
      return
    }
    this.#pending.delete(message.sequence)
    this.results[pending.position] = this.#outcome(pending, message)
  }

  #outcome({ request, start, end, reply }: Pending, message: ReceivedMessage): Result {
    const acknowledgement = readAcknowledgement(this.#transport.received, message, 'error')
    if (acknowledgement.errno !== 0)
      return { ok: false, error: refusal(request, this.#writer.bytes.subarray(start, end), acknowledgement) }
    const warning = acknowledgement.text === undefined ? {} : { warning: acknowledgement.text }
    try {
      return { ok: true, reply: request.answer(reply), ...warning }
    } catch (error) {
      if (error instanceof NetlinkError) return { ok: false, error }
      throw error
    }
  }
}

function unsendable(request: NetlinkRequest, cause: NetlinkError): NetlinkError {
  const rendered = request.render()
  return new NetlinkError(cause.code, `${rendered}: ${cause.message}`, {
    cause,
    errno: cause.errno,
    kernelText: cause.kernelText,
    rendered,
  })
}

function unanswered(request: NetlinkRequest): NetlinkError {
  const rendered = request.render()
  return new NetlinkError('netlink/overrun', `${rendered}: the acknowledgement was lost`, { rendered })
}
