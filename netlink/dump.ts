/** All objects of a kind. A dump has a socket of its own, so that requests may be made while it is read. */
import { readAcknowledgement, refusal } from './acknowledgement.ts'
import type { Exchange } from './batch.ts'
import {
  messageAt,
  type NetlinkRequest,
  NLM_F,
  NLMSG,
  type ReceivedMessage,
  writeMessage,
} from './message.ts'
import type { MessageWriter } from './message-writer.ts'
import { asNetlinkError, NetlinkError } from './netlink-error.ts'
import { nextSlice, sliceIsOver } from './slice.ts'

/** A dump during which the kernel's table changed is asked for again; so often. */
const attempts = 10

/**
 * Reads a whole dump, consistent within itself, in slices. `assertOpen` throws when the socket was closed meanwhile.
 * @throws netlink/refused, netlink/overrun when the table never held still, netlink/malformed, netlink/closed
 */
export async function readDump<Item>(
  transport: Exchange,
  request: NetlinkRequest<Item>,
  writer: MessageWriter,
  assertOpen: () => void = () => {},
): Promise<Item[]> {
  for (let sequence = 1; sequence <= attempts; sequence++) {
    const items: Item[] = []
    const sent = sendRequest(transport, request, writer, sequence)
    const reading = { transport, request, sent, sequence, interrupted: false }
    for (;;) {
      const state = readDatagram(reading, items)
      if (state === 'consistent') return items
      if (state === 'interrupted') break
      while (sliceIsOver()) await nextSlice()
      assertOpen()
    }
  }
  const rendered = request.render()
  throw new NetlinkError('netlink/overrun', `${rendered}: changed during each of ${attempts} dumps`, {
    rendered,
  })
}

interface Reading<Item> {
  transport: Exchange
  request: NetlinkRequest<Item>
  /** The request as it was sent. */
  sent: Buffer
  sequence: number
  /** The dump goes on to its end, but is not consistent. */
  interrupted: boolean
}

function sendRequest(
  transport: Exchange,
  request: NetlinkRequest,
  writer: MessageWriter,
  sequence: number,
): Buffer {
  try {
    writer.length = 0
    writeMessage(writer, request, sequence, NLM_F.REQUEST | NLM_F.DUMP)
    const sent = writer.bytes.subarray(0, writer.length)
    transport.send(sent)
    return sent
  } catch (error) {
    throw asNetlinkError(error, 'wire/unencodable')
  } finally {
    writer.closeNamespaces()
  }
}

function readDatagram<Item>(reading: Reading<Item>, items: Item[]): 'more' | 'consistent' | 'interrupted' {
  const { transport, request, sent, sequence } = reading
  const length = transport.receive()
  if (length === undefined) return 'interrupted'
  if (length === 'overrun') {
    reading.interrupted = true
    return 'more'
  }
  // A type that looks beyond its attribute must not see what an earlier datagram left.
  const bytes = transport.received.subarray(0, length)
  for (let offset = 0; offset < length; ) {
    const message = messageAt(bytes, offset, length)
    offset = message.next
    if (message.sequence !== sequence) continue
    if (message.flags & NLM_F.DUMP_INTR) reading.interrupted = true
    if (message.type !== NLMSG.ERROR && message.type !== NLMSG.DONE) {
      items.push(readItem(request, bytes, message))
      continue
    }
    const kind = message.type === NLMSG.DONE ? 'done' : 'error'
    const acknowledgement = readAcknowledgement(bytes, message, kind)
    if (acknowledgement.errno > 0) throw refusal(request, sent, acknowledgement)
    return reading.interrupted ? 'interrupted' : 'consistent'
  }
  return 'more'
}

function readItem<Item>(request: NetlinkRequest<Item>, bytes: Buffer, { from, to }: ReceivedMessage): Item {
  try {
    return request.answer(bytes, from, to)
  } catch (error) {
    throw asNetlinkError(error, 'netlink/malformed')
  }
}
