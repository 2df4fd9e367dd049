/**
 * Many requests in few sends. rtnetlink acts on a message inside send(2), so all answers wait when it returns: nothing here
 * blocks or is asynchronous.
 */
import { readAcknowledgement, refusal } from './acknowledgement.ts'
import { linkMessage, RTM_LINK } from './link.ts'
import {
  messageAt,
  type NetlinkRequest,
  NLM_F,
  NLMSG,
  type ReceivedMessage,
  writeMessage,
} from './message.ts'
import { MessageWriter } from './message-writer.ts'
import { asNetlinkError, NetlinkError } from './netlink-error.ts'
import { Pace } from './pace.ts'
import { type Result, type Transaction, unsent } from './transaction.ts'
import type { Transport } from './transport.ts'

/** What a batch needs of a transport; tests have a kernel of their own behind it. */
export type Exchange = Pick<Transport, 'send' | 'receive' | 'received' | 'receiveMany'>

/** Asks the kernel for the numbers that requests give by name. */
export interface Names {
  /** Called when all requests before the one that names the interface have been carried out. @throws NetlinkError */
  interfaceIndex(name: string): number
  /** The message number of a generic netlink family. @throws NetlinkError */
  familyNumber?(name: string): number
}

/** Below what SO_SNDBUF takes in one send, and below the number of acknowledgements that even a default buffer holds. */
const limits = { bytes: 32 * 1024, messages: 128 } as const

interface Pending {
  sequence: number
  request: NetlinkRequest
  transaction: Transaction
  /** Of the request in its transaction. */
  position: number
  start: number
  end: number
  /** What came before the acknowledgement. */
  reply: Buffer | undefined
  answered: boolean
}

/** Messages on their way to the kernel in one send, and the answers that come back to each. */
export class Batch {
  readonly #transport: Exchange
  readonly #nextSequence: () => number
  readonly #pace: Pace
  readonly #writer: MessageWriter
  /** In the order of the messages, which is that of their acknowledgements. */
  #pending: Pending[] = []
  #answered = 0
  /** Indices that were looked up; forgotten when a request may have changed them. */
  readonly #known = new Map<string, number>()
  /** Where the message that is being written starts, and up to where messages are sent. */
  #start = 0
  #sent = 0

  constructor(
    transport: Exchange,
    nextSequence: () => number,
    { interfaceIndex, familyNumber }: Names,
    pace = new Pace(),
  ) {
    this.#transport = transport
    this.#nextSequence = nextSequence
    this.#pace = pace
    const indexAfterSend = (name: string): number => {
      const known = this.#known.get(name)
      if (known !== undefined) return known
      this.#send(this.#start)
      const index = interfaceIndex(name)
      this.#known.set(name, index)
      return index
    }
    this.#writer = new MessageWriter(indexAfterSend, 4096, familyNumber)
  }

  /** Adds a request of a transaction, and sends the ones before it when they are enough for one send. */
  add(transaction: Transaction, position: number, request: NetlinkRequest): void {
    const full = this.#pending.length >= limits.messages || this.#writer.length >= limits.bytes
    if (full || !this.#pace.fits(request.type)) this.flush()
    this.#start = this.#writer.length
    const sequence = this.#nextSequence()
    try {
      writeMessage(this.#writer, request, sequence, NLM_F.REQUEST | NLM_F.ACK)
    } catch (error) {
      this.#writer.length = this.#start
      const cause = asNetlinkError(error, 'wire/unencodable')
      transaction.put(position, { ok: false, error: unsendable(request, cause) })
      return
    }
    if (this.#writer.length - this.#sent > limits.bytes) this.#send(this.#start)
    if (request.format === linkMessage && request.type !== RTM_LINK.GET) this.#known.clear()
    this.#pending.push({
      sequence,
      request,
      transaction,
      position,
      start: this.#start,
      end: this.#writer.length,
      reply: undefined,
      answered: false,
    })
    this.#pace.add(request.type)
  }

  /** Sends all that was added and collects the answers: every request added so far has its result then. */
  flush(): void {
    try {
      this.#send(this.#writer.length)
    } finally {
      this.#writer.closeNamespaces()
    }
    this.#writer.length = 0
    this.#sent = 0
  }

  /** Forgets looked-up interfaces: others had the time to change them. */
  forget(): void {
    this.#known.clear()
  }

  /** The socket was closed: what was not sent yet never will be. */
  abandon(): void {
    for (const { request, transaction, position } of this.#pending) transaction.put(position, unsent(request))
    this.#pending = []
    this.#writer.closeNamespaces()
  }

  #send(end: number): void {
    if (end === this.#sent) return
    const bytes = this.#writer.bytes.subarray(this.#sent, end)
    this.#sent = end
    this.#pace.begin()
    const trouble = this.#exchange(bytes)
    for (const { request, transaction, position, answered } of this.#pending)
      if (!answered) transaction.put(position, { ok: false, error: unanswered(request, trouble) })
    this.#pending = []
    this.#answered = 0
    this.#pace.end()
  }

  /** Returns what went wrong on the way: the requests that are not answered afterwards suffered from it. */
  #exchange(bytes: Buffer): unknown {
    let trouble: unknown
    const take = (received: Buffer, length: number) => {
      trouble = this.#takeAll(received, length) ?? trouble
    }
    try {
      this.#transport.send(bytes)
      while (this.#answered < this.#pending.length)
        if (this.#transport.receiveMany(this.#pending.length - this.#answered, take) === 0) break
    } catch (error) {
      return error
    }
    return trouble
  }

  /** Returns the error of a datagram that is malformed: the ones behind it may be sound. */
  #takeAll(bytes: Buffer, length: number): unknown {
    try {
      for (let offset = 0; offset < length; ) {
        const message = messageAt(bytes, offset, length)
        this.#take(bytes, message)
        offset = message.next
      }
    } catch (error) {
      return error
    }
    return undefined
  }

  #take(bytes: Buffer, message: ReceivedMessage): void {
    const next = this.#pending[this.#answered]
    const { sequence } = message
    const pending =
      next?.sequence === sequence ? next : this.#pending.find((each) => each.sequence === sequence)
    if (pending === undefined || pending.answered) return
    if (message.type !== NLMSG.ERROR) {
      pending.reply = Buffer.from(bytes.subarray(message.from, message.to))
      return
    }
    pending.answered = true
    this.#answered++
    pending.transaction.put(pending.position, this.#outcome(pending, bytes, message))
  }

  #outcome({ request, start, end, reply }: Pending, bytes: Buffer, message: ReceivedMessage): Result {
    try {
      const acknowledgement = readAcknowledgement(bytes, message, 'error')
      if (acknowledgement.errno !== 0)
        return {
          ok: false,
          error: refusal(request, this.#writer.bytes.subarray(start, end), acknowledgement),
        }
      return successful(request.answer(reply), acknowledgement.text)
    } catch (error) {
      return { ok: false, error: asNetlinkError(error, 'netlink/malformed') }
    }
  }
}

/** Of a change that the kernel says nothing about: always the same, for changes come by the ten thousand. */
const done: Result = Object.freeze({ ok: true, reply: undefined })

function successful(reply: unknown, warning: string | undefined): Result {
  if (warning !== undefined) return { ok: true, reply, warning }
  return reply === undefined ? done : { ok: true, reply }
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

/** Whether the request was carried out is not known: look at the kernel's objects again. */
function unanswered(request: NetlinkRequest, trouble: unknown): NetlinkError {
  const rendered = request.render()
  if (trouble === undefined)
    return new NetlinkError('netlink/overrun', `${rendered}: the acknowledgement was lost`, { rendered })
  const { code, message, errno } = asNetlinkError(trouble, 'netlink/malformed')
  return new NetlinkError(code, `${rendered}: ${message}`, { cause: trouble, errno, rendered })
}
