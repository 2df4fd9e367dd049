import test from 'ava'
import { linkRequests } from './golden/link-kind.ts'
import { linkReplies } from './golden/link-reply.ts'
import { damagedForms, encodeRequest, readVectors, withNames } from './golden/vectors.ts'
import { linkMessage, setLink } from './link.ts'
import { messageHeaderBytes } from './message.ts'
import { MessageWriter } from './message-writer.ts'
import { NetlinkError } from './netlink-error.ts'

/** The path of the descriptor that `ip` opened is not in its message. */
const withPath = (line: string) => line.replace(/\/proc\/\d+\/fd\/4$/, '/proc/self/ns/net')

for (const [position, { command, hex }] of readVectors('link-kind').entries()) {
  const bytes = Buffer.from(hex, 'hex')
  const type = bytes.readUInt16LE(4)
  const flags = bytes.readUInt16LE(6)
  const printed = (value: object) => withPath(withNames(linkMessage.render(type, flags, value)))

  test(`${command}: decoded, encoded again, and printed`, (t) => {
    const value = linkMessage.read(bytes, messageHeaderBytes)
    const writer = new MessageWriter(() => 0)
    linkMessage.write(writer, value)
    t.is(writer.bytes.toString('hex', 0, writer.length), hex.slice(messageHeaderBytes * 2))
    t.is(printed(value), command)
  })

  test(`${command}: made by us`, (t) => {
    const request = linkRequests[position]
    if (request === undefined) return t.fail('no request of ours')
    t.is(encodeRequest(request, flags).toString('hex'), hex)
    t.is(withPath(withNames(request.render())), command)
  })

  test(`${command}: every truncation and bit flip is a value or a typed error`, (t) => {
    for (const message of damagedForms(bytes))
      try {
        printed(linkMessage.read(message, messageHeaderBytes))
      } catch (error) {
        if (!(error instanceof NetlinkError)) throw error
      }
    t.pass()
  })
}

test('a namespace by name or path is opened for the send, and a missing one is named in the error', (t) => {
  const move = (namespace: string) => setLink(12, { namespace })
  t.is(move('a1').render(), 'ip link set if12 netns a1')
  t.is(move('/proc/self/ns/net').render(), 'ip link set if12 netns /proc/self/ns/net')
  t.throws(() => encodeRequest(move('no-such'), 0), {
    instanceOf: NetlinkError,
    code: 'wire/unencodable',
    message: 'IFLA_NET_NS_FD: namespace "/run/netns/no-such": ENOENT',
  })
})

for (const { command, hex } of readVectors('link-reply')) {
  const bytes = Buffer.from(hex, 'hex')
  const name = command.split(' ').at(-1) ?? ''

  test(`answer to ${command}: decoded, encoded again`, (t) => {
    const value = linkMessage.read(bytes, messageHeaderBytes)
    t.like(value, { name, ...linkReplies[name] })
    const writer = new MessageWriter(() => 0)
    linkMessage.write(writer, value)
    t.deepEqual(linkMessage.read(writer.bytes, 0, writer.length), value)
  })

  test(`answer to ${command}: every truncation and bit flip is a value or a typed error`, (t) => {
    for (const message of damagedForms(bytes))
      try {
        linkMessage.read(message, messageHeaderBytes)
      } catch (error) {
        if (!(error instanceof NetlinkError)) throw error
      }
    t.pass()
  })
}

test('an alias is one word of a shell', (t) => {
  t.is(setLink('v2', { alias: "it's" }).render(), `ip link set v2 alias 'it'\\''s'`)
  t.is(setLink('v2', { alias: '' }).render(), `ip link set v2 alias ''`)
})
