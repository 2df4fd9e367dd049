/** What the kernel answered once (golden/replies.json), whole and with every damage. */
import test from 'ava'
import { Batch } from './batch.ts'
import { readDump } from './dump.ts'
import { acknowledgement, datagram, FakeKernel } from './fake-kernel.ts'
import { readReplies, replyRequests } from './golden/replies.ts'
import { damagedForms } from './golden/vectors.ts'
import { messagesIn, type NetlinkRequest, NLM_F, NLMSG, type ReceivedMessage } from './message.ts'
import { MessageWriter, noInterfaces } from './message-writer.ts'
import { NetlinkError } from './netlink-error.ts'
import { Transaction } from './transaction.ts'

const replies = readReplies().map(({ command, hex }, index) => {
  const request = replyRequests[index]
  if (request?.render() !== command) throw new Error(`replies.json has "${command}" at ${index}`)
  const datagrams = hex.map((text) => Buffer.from(text, 'hex'))
  return { command, request, datagrams }
})

const isDump = ({ type, flags }: NetlinkRequest) => type % 4 === 2 && (flags & NLM_F.DUMP) === NLM_F.DUMP

/** What a socket makes of an answer: values, or the error. */
async function outcome(request: NetlinkRequest, answer: Buffer[]): Promise<unknown[] | NetlinkError> {
  const end = (message: ReceivedMessage) =>
    isDump(request)
      ? datagram(NLMSG.DONE, message.sequence, NLM_F.MULTI, Buffer.alloc(4))
      : acknowledgement(message)
  const kernel = new FakeKernel((message) => [...answer, end(message)])
  if (isDump(request))
    try {
      return await readDump(kernel, request, new MessageWriter(noInterfaces))
    } catch (error) {
      if (error instanceof NetlinkError) return error
      throw error
    }
  const transaction = new Transaction([request])
  const batch = new Batch(kernel, () => 1, { interfaceIndex: noInterfaces })
  batch.add(transaction, 0, request)
  batch.flush()
  const [result] = await transaction.finished
  return result?.ok === false ? result.error : [result?.reply]
}

for (const { command, request, datagrams } of replies) {
  test(`whole: ${command}`, async (t) => {
    const result = await outcome(request, datagrams)
    if (!Array.isArray(result)) return t.is(result.code, 'netlink/refused')
    t.true(result.length > 0)
    for (const value of result) {
      const writer = new MessageWriter(noInterfaces)
      request.format.write(writer, Object(value))
      t.deepEqual(request.format.read(writer.bytes, 0, writer.length), Object(value))
    }
  })

  test(`damaged: ${command}`, async (t) => {
    let decoded = 0
    let refused = 0
    for (const bytes of datagrams)
      for (const { from, to } of messagesIn(bytes))
        for (const damaged of damagedForms(bytes.subarray(from - 16, to), 0)) {
          const result = await outcome(request, [damaged])
          if (Array.isArray(result)) decoded++
          else refused++
        }
    t.true(decoded > 0 || refused > 0)
    t.log(`${decoded} decoded, ${refused} typed errors`)
  })
}

test('the golden refusals say what was wrong', async (t) => {
  const messages: Record<string, string> = {}
  for (const { command, request, datagrams } of replies) {
    const result = await outcome(request, datagrams)
    if (!Array.isArray(result)) messages[command] = result.message.slice(command.length + 2)
  }
  t.deepEqual(messages, {
    'ip route add 10.50.0.0/16 via 10.123.0.1': 'ENETUNREACH, Nexthop has invalid gateway',
    'ip link add a-name-of-more-than-15 type ipip':
      'ERANGE, Attribute failed policy validation, at IFLA_IFNAME',
    'ip link show dev if4711': 'ENODEV',
    'ip address show dev if4711': 'ENODEV',
    'tc qdisc add dev if10 root handle 1: htb': 'EEXIST, Exclusivity flag on, cannot modify',
  })
})
