/** All objects of a kind. A dump has a socket of its own, so that requests may be made while its objects are walked over. */
import { readAcknowledgement, refusal } from './acknowledgement.ts'
import { messagesIn, type NetlinkRequest, NLM_F, NLMSG, writeMessage } from './message.ts'
import { MessageWriter, noInterfaces } from './message-writer.ts'
import { NetlinkError } from './netlink-error.ts'
import { Transport } from './transport.ts'

/** A dump during which the kernel's table changed is asked for again; so often. */
const attempts = 10

/**
 * Reads a whole dump, consistent within itself.
 * @throws netlink/refused, netlink/overrun when the table never held still, netlink/malformed
 */
export function readDump<Item>(
  request: NetlinkRequest<Item>,
  namespace: string | undefined,
  interfaceIndex: (name: string) => number = noInterfaces,
): Item[] {
  const transport = new Transport(namespace === undefined ? {} : { namespace })
  try {
    for (let sequence = 1; sequence <= attempts; sequence++) {
      const items = dumpOnce(transport, request, sequence, interfaceIndex)
      if (items !== 'interrupted') return items
    }
  } finally {
    transport.close()
  }
  const rendered = request.render()
  throw new NetlinkError('netlink/overrun', `${rendered}: changed during each of ${attempts} dumps`, {
    rendered,
  })
}

function dumpOnce<Item>(
  transport: Transport,
  request: NetlinkRequest<Item>,
  sequence: number,
  interfaceIndex: (name: string) => number,
): Item[] | 'interrupted' {
  const writer = new MessageWriter(interfaceIndex, 512)
  writeMessage(writer, request, sequence, NLM_F.REQUEST | NLM_F.DUMP)
  const sent = writer.bytes.subarray(0, writer.length)
  transport.send(sent)
  const items: Item[] = []
  let interrupted = false
  for (;;) {
    const length = transport.receive()
    if (length === undefined) return 'interrupted'
    if (length === 'overrun') {
      interrupted = true
      continue
    }
    for (const message of messagesIn(transport.received, length)) {
      if (message.sequence !== sequence) continue
      if (message.flags & NLM_F.DUMP_INTR) interrupted = true
      if (message.type !== NLMSG.ERROR && message.type !== NLMSG.DONE) {
        items.push(request.answer(transport.received.subarray(message.from, message.to)))
        continue
      }
      const kind = message.type === NLMSG.DONE ? 'done' : 'error'
      const acknowledgement = readAcknowledgement(transport.received, message, kind)
      if (acknowledgement.errno > 0) throw refusal(request, sent, acknowledgement)
      return interrupted ? 'interrupted' : items
    }
  }
}
