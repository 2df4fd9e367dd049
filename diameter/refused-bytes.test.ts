import test from 'ava'
import { encodeAvp, type RawAvp } from '#wire/diameter/avp.ts'
import { avpsNamed, encodeNamedAvp } from '#wire/diameter/group.ts'
import type { Header } from '#wire/diameter/header.ts'
import { decodeRawMessage, encodeRawMessage, type RawMessage } from '#wire/diameter/raw-message.ts'
import { diameterMessages } from '#wire/golden/diameter-vectors.ts'
import { createNode, freePort, until } from './loopback-nodes.ts'
import { RawPeer, resultOf } from './raw-peer.ts'

const vector = diameterMessages.find(({ id }) => id === 'dia-amr')
const amr = decodeRawMessage(vector?.bytes ?? Buffer.alloc(0))
const stranger: RawAvp = { code: 999_999, flags: 0x40, vendorId: 0, data: Buffer.from('?') }
const proxyInfo = [1, 2].map((number) =>
  encodeNamedAvp('Proxy-Info', {
    'Proxy-Host': `proxy${number}.example`,
    'Proxy-State': Buffer.from([number]),
  }),
)
const bytesOf = (name: string, value: unknown): string =>
  encodeAvp(encodeNamedAvp(name, value)).toString('hex')
const without = (name: 'User-Name' | 'Destination-Realm'): RawAvp[] =>
  amr.avps.filter((avp) => !avpsNamed(amr.avps, name).includes(avp))
const changed = (name: 'User-Name' | 'Auth-Application-Id', change: Partial<RawAvp>): RawAvp[] =>
  amr.avps.map((avp) => (avpsNamed(amr.avps, name).includes(avp) ? { ...avp, ...change } : avp))
const and = (...more: RawAvp[]): RawAvp[] => [...amr.avps, ...more]

interface Row {
  title: string
  header?: Partial<Header>
  avps?: RawAvp[]
  /** Of the encoded message. */
  damage?: (bytes: Buffer) => Buffer
  code: number
  /** Hexadecimal content of Failed-AVP. */
  failed?: string
}

const rows: Row[] = [
  { title: 'an unknown command', header: { commandCode: 16_777_213 }, code: 3001 },
  {
    title: 'a realm to which nothing leads',
    avps: [...without('Destination-Realm'), encodeNamedAvp('Destination-Realm', 'far.example')],
    code: 3002,
  },
  { title: 'an application that is not served', header: { applicationId: 4 }, code: 3007 },
  { title: 'R and E at once', header: { error: true }, code: 3008 },
  {
    title: 'the V flag without a vendor',
    avps: changed('User-Name', { flags: 0xc0 }),
    code: 3009,
    failed: `00000001c000001a00000000${Buffer.from('mn@example.org').toString('hex')}0000`,
  },
  {
    title: 'an unknown AVP with M',
    avps: and(stranger),
    code: 5001,
    failed: encodeAvp(stranger).toString('hex'),
  },
  {
    title: "an application in an AVP that is not the header's",
    avps: changed('Auth-Application-Id', { data: Buffer.from([0, 0, 0, 9]) }),
    code: 5004,
    failed: bytesOf('Auth-Application-Id', 9),
  },
  { title: 'no User-Name', avps: without('User-Name'), code: 5005, failed: '0000000140000008' },
  {
    title: 'a session that ends before its authorization',
    avps: and(encodeNamedAvp('Session-Timeout', 10)),
    code: 5007,
    failed: bytesOf('Session-Timeout', 10) + bytesOf('Authorization-Lifetime', 900),
  },
  {
    title: 'two User-Names',
    avps: and(encodeNamedAvp('User-Name', 'second')),
    code: 5009,
    failed: bytesOf('User-Name', 'second'),
  },
  {
    title: 'an Unsigned32 of five bytes',
    avps: changed('Auth-Application-Id', { data: Buffer.alloc(5) }),
    code: 5014,
    failed: bytesOf('Auth-Application-Id', 0),
  },
  {
    title: 'an AVP that is longer than the message',
    damage: (bytes) => {
      bytes.writeUIntBE(4000, bytes.length - 8 + 5, 3)
      return bytes
    },
    avps: and({ code: 999_998, flags: 0, vendorId: 0, data: Buffer.alloc(0) }),
    code: 5014,
    failed: '000f423e00000008',
  },
  {
    title: 'four bytes where an AVP should begin',
    damage: (bytes) => {
      bytes.writeUIntBE(bytes.length + 4, 1, 3)
      return Buffer.concat([bytes, Buffer.from([0, 0, 0, 1])])
    },
    code: 5014,
    failed: '0000000100000008',
  },
  { title: 'nothing wrong, and an unknown AVP without M', avps: and({ ...stranger, flags: 0 }), code: 2001 },
]

test('each fault is answered with its Result-Code, the AVP at fault, and the Proxy-Info of the agents on the way', async (t) => {
  const port = await freePort()
  const node = createNode('aaah.example.org', { port, peers: [{ identity: 'fa1.example.net' }] })
  node.handle('AA-Mobile-Node', () => ({ 'Result-Code': 2001 }))
  await node.start()
  t.teardown(() => node.stop())
  const peer = RawPeer.to(port)
  t.teardown(() => peer.close())
  peer.cer('fa1.example.net')
  await until('it is open', () => peer.received.length === 1)
  for (const [index, { title, header, avps = amr.avps, damage, code, failed }] of rows.entries()) {
    peer.received.length = 0
    const destination = avps.filter(({ code: number }) => number !== 293)
    const message: RawMessage = {
      ...amr,
      ...header,
      endToEnd: index,
      avps: [...proxyInfo, ...(title.includes('realm') ? destination : avps)],
    }
    const bytes = encodeRawMessage(message)
    peer.send(damage?.(bytes) ?? bytes)
    await until(`${title}: an answer`, () => peer.received.some(({ request }) => !request))
    const answer = peer.received.find(({ request }) => !request)
    t.is(resultOf(answer), code, title)
    t.like(
      answer,
      { error: code >= 3000 && code < 4000, proxiable: true, hopByHop: amr.hopByHop, endToEnd: index },
      title,
    )
    const [failedAvp] = avpsNamed(answer?.avps ?? [], 'Failed-AVP')
    t.is(failedAvp?.data.toString('hex'), failed, title)
    // Of a message that cannot be split, or that must not be, nothing is known.
    if (damage === undefined && header?.error !== true)
      t.deepEqual(
        avpsNamed(answer?.avps ?? [], 'Proxy-Info').map(({ data }) => data),
        proxyInfo.map(({ data }) => data),
        title,
      )
  }
  t.deepEqual(node.openPeers, ['fa1.example.net'], 'the connection stays through all of it')
})

test('a Vendor-Specific-Application-Id names exactly one application', async (t) => {
  const port = await freePort()
  const node = createNode('aaah.example.org', { port, peers: [{ identity: 'fa1.example.net' }] })
  await node.start()
  t.teardown(() => node.stop())
  const cer = diameterMessages.find(({ id }) => id === 'dia-cer')
  const message = decodeRawMessage(cer?.bytes ?? Buffer.alloc(0))
  const both = { 'Vendor-Id': 1, 'Auth-Application-Id': 2, 'Acct-Application-Id': 2 }
  const wrong: [value: object, code: number, failed: string][] = [
    [{ 'Vendor-Id': 1 }, 5005, bytesOf('Auth-Application-Id', 0) + bytesOf('Acct-Application-Id', 0)],
    [both, 5009, bytesOf('Auth-Application-Id', 2) + bytesOf('Acct-Application-Id', 2)],
  ]
  for (const [value, code, failed] of wrong) {
    const peer = RawPeer.to(port)
    const application = encodeNamedAvp('Vendor-Specific-Application-Id', value)
    peer.send(encodeRawMessage({ ...message, avps: [...message.avps, application] }))
    await until('it is closed', () => peer.isClosed)
    t.is(resultOf(peer.received[0]), code)
    const [failedAvp] = avpsNamed(peer.received[0]?.avps ?? [], 'Failed-AVP')
    t.is(failedAvp?.data.toString('hex'), failed)
  }
})
