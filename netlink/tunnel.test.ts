import test from 'ava'
import { goldenTunnels } from './golden/tunnel.ts'
import { damagedForms, encodeRequest, readVectors, withNames } from './golden/vectors.ts'
import { addLink, linkMessage } from './link.ts'
import { gre } from './link-gre.ts'
import { ip6gre } from './link-ip6gre.ts'
import { ip6tnl } from './link-ip6tnl.ts'
import { ipip } from './link-ipip.ts'
import { messageHeaderBytes } from './message.ts'
import { MessageWriter, noInterfaces } from './message-writer.ts'
import { NetlinkError } from './netlink-error.ts'
import { changeTunnel } from './tunnel.ts'

const decode = (message: Buffer) => linkMessage.read(message, messageHeaderBytes)

for (const [row, { command, hex }] of readVectors('tunnel').entries()) {
  const bytes = Buffer.from(hex, 'hex')
  const type = bytes.readUInt16LE(4)
  const flags = bytes.readUInt16LE(6)

  test(`${command}: decoded, encoded again, and printed`, (t) => {
    const value = decode(bytes)
    t.deepEqual(value.info?.data && Object.keys(value.info.data), [value.info?.kind])
    const writer = new MessageWriter(noInterfaces)
    linkMessage.write(writer, value)
    t.is(writer.bytes.toString('hex', 0, writer.length), hex.slice(messageHeaderBytes * 2))
    t.is(withNames(linkMessage.render(type, flags, value)), command)
  })

  test(`${command}: made by us`, (t) => {
    const info = goldenTunnels[row]
    if (info === undefined) return t.fail('no tunnel of ours')
    const request = addLink({ name: 'sj-1', type: info })
    t.is(request.render(), command)
    // `ip` writes its defaults too, in its own order.
    t.like(decode(bytes), decode(encodeRequest(request, flags)))
  })

  test(`${command}: every truncation and bit flip is a value or a typed error`, (t) => {
    for (const message of damagedForms(bytes))
      try {
        linkMessage.render(type, flags, decode(message))
      } catch (error) {
        if (!(error instanceof NetlinkError)) throw error
      }
    t.pass()
  })
}

const plainGre = 'ip link set sj-1 type gre local any remote 10.1.1.2'
const changes = [
  [
    changeTunnel('sj-1', ipip({ remote: '10.1.1.2' })),
    'ip link set sj-1 type ipip mode any local any remote 10.1.1.2 ttl inherit tos 0x0 pmtudisc',
  ],
  [
    changeTunnel('sj-1', gre({ remote: '10.1.1.2', ttl: 9, key: { output: 7 }, encapsulation: 'none' })),
    `${plainGre} ttl 9 tos 0x0 pmtudisc noikey okey 7 noseq nocsum noencap`,
  ],
  [
    changeTunnel('sj-1', gre({ remote: '10.1.1.2', checksum: 'input', fwMark: 0 })),
    `${plainGre} ttl inherit tos 0x0 pmtudisc nokey noseq icsum noocsum fwmark 0x0`,
  ],
  [
    changeTunnel('sj-1', ip6gre({ remote: '2001:db8::2' })),
    'ip link set sj-1 type ip6gre local any remote 2001:db8::2 hoplimit 64 encaplimit 4 tclass 0x0 ' +
      'flowlabel 0x0 noallow-localremote fwmark 0x0 nokey noseq nocsum',
  ],
] as const

for (const [request, line] of changes)
  test(`${line}: a change names every parameter`, (t) => t.is(request.render(), line))

test('a flow label of more than 20 bits is refused', (t) => {
  t.throws(() => ip6tnl({ flowLabel: 0x100000 }), { instanceOf: RangeError })
  t.throws(() => ip6tnl({ trafficClass: 256 }), { instanceOf: RangeError })
})
