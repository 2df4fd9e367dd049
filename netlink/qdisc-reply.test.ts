import test from 'ava'
import { classMessage } from './class.ts'
import { damagedForms, readVectors } from './golden/vectors.ts'
import { MessageWriter } from './message-writer.ts'
import { NetlinkError } from './netlink-error.ts'
import { qdiscMessage } from './qdisc.ts'

/**
 * What Linux 6.1 answers, from behind the nlmsghdr on, about each kind below an HTB class of 8 kbit/s with traffic. The command is what
 * `tc` shows it by, with the kind.
 */
const replies = readVectors('qdisc-reply').map(({ command, hex }) => ({
  command,
  bytes: Buffer.from(hex, 'hex'),
  format: command.startsWith('tc -s qdisc') ? qdiscMessage : classMessage,
}))

/** What stands in the counters that only the kind has. */
const counters: Record<string, object> = {
  'tc -s qdisc show dev v0: fq_codel': { fq_codel: { type: 0, longestPacketBytes: 48 } },
  'tc -s class show dev v0: fq_codel': { fq_codel: { type: 1 } },
  'tc -s class show dev v0: htb': { htb: { giants: 0 } },
  'tc -s qdisc show dev v0: fq': { fq: { allocationErrors: 0n } },
}

for (const { command, bytes, format } of replies) {
  test(`${command}: decoded, and the same after it was encoded`, (t) => {
    const value = format.read(bytes)
    const writer = new MessageWriter(() => 0)
    // Not the same bytes: what the kernel aligns with, an empty attribute, has no row and goes to the end.
    if (format === qdiscMessage) qdiscMessage.write(writer, qdiscMessage.read(bytes))
    else classMessage.write(writer, classMessage.read(bytes))
    t.is(writer.length, bytes.length)
    t.deepEqual(format.read(writer.bytes, 0, writer.length), value)
    t.truthy(value.statistics)
    const expected = counters[command]
    if (expected) t.like(value.statistics?.own ?? {}, expected)
  })

  test(`${command}: every truncation and bit flip is a value or a typed error`, (t) => {
    for (const message of damagedForms(bytes))
      try {
        if (format === qdiscMessage) qdiscMessage.render(36, 0, qdiscMessage.read(message))
        else classMessage.render(40, 0, classMessage.read(message))
      } catch (error) {
        if (!(error instanceof NetlinkError)) throw error
      }
    t.pass()
  })
}

test('the tins of cake are four with diffserv4, and an estimator is read', (t) => {
  const cake = replies.find(({ command }) => command === 'tc -s qdisc show dev v0: cake')
  const { statistics } = qdiscMessage.read(cake?.bytes ?? Buffer.alloc(0))
  t.is(statistics?.own?.cake?.tins?.length, 4)
  const htb = replies.find(({ command }) => command === 'tc -s class show dev v0: htb')
  t.truthy(classMessage.read(htb?.bytes ?? Buffer.alloc(0)).statistics?.rateEstimate)
})
