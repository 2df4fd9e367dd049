import test from 'ava'
import { Batch } from './batch.ts'
import { acknowledgement, datagram, FakeKernel } from './fake-kernel.ts'
import { addLink, deleteLink, getLink, linkMessage } from './link.ts'
import { ipip } from './link-ipip.ts'
import { type NetlinkRequest, NLMSG } from './message.ts'
import { MessageWriter, noInterfaces } from './message-writer.ts'
import { NetlinkError } from './netlink-error.ts'
import { Pace } from './pace.ts'
import { replaceRoute } from './route.ts'
import { Transaction } from './transaction.ts'

function offset(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** A batch with one transaction. Its clock stands still where no other is given. */
function batchOn(kernel: FakeKernel, interfaceIndex: (name: string) => number = noInterfaces, now = () => 0) {
  let sequence = 0
  const batch = new Batch(kernel, () => ++sequence, { interfaceIndex }, new Pace(now))
  const transaction = new Transaction([])
  let position = 0
  return {
    add: (request: NetlinkRequest) => batch.add(transaction, position++, request),
    flush: () => batch.flush(),
    results: transaction.results,
  }
}

const route = (device: string | number) => replaceRoute({ destination: '192.0.2.0/24', device })

test('a refusal says the line, the errno, the words of the kernel and the attribute', (t) => {
  // Offset 84: nlmsghdr 16, ifinfomsg 16, name 12, info 4, kind 8, data 4, mode 8, local 8, remote 8.
  const kernel = new FakeKernel((message) => [
    acknowledgement(message, 22, [1, Buffer.from('no such hop limit\0')], [2, offset(84)]),
  ])
  const batch = batchOn(kernel)
  batch.add(addLink({ name: 'sj-1', type: ipip({ local: '10.0.0.1', remote: '10.0.0.2', ttl: 64 }) }))
  batch.flush()
  const result = batch.results[0]
  if (result === undefined || result.ok) return t.fail('not refused')
  t.like(result.error, {
    code: 'netlink/refused',
    errno: 'EINVAL',
    kernelText: 'no such hop limit',
    attribute: 'IFLA_LINKINFO.IFLA_INFO_DATA.IFLA_IPTUN_TTL',
    rendered: 'ip link add sj-1 type ipip local 10.0.0.1 remote 10.0.0.2 ttl 64',
    message:
      'ip link add sj-1 type ipip local 10.0.0.1 remote 10.0.0.2 ttl 64: EINVAL, no such hop limit, at IFLA_LINKINFO.IFLA_INFO_DATA.IFLA_IPTUN_TTL',
  })
})

test('a missing attribute is told by its number and its nest', (t) => {
  const kernel = new FakeKernel((message) => [acknowledgement(message, 22, [5, offset(2)], [6, offset(44)])])
  const batch = batchOn(kernel)
  batch.add(addLink({ name: 'sj-1', type: ipip({}) }))
  batch.flush()
  const result = batch.results[0]
  t.is(result?.ok === false ? result.error.attribute : '', 'missing attribute 2 in IFLA_LINKINFO')
})

test('a kernel that echoes the whole request is understood', (t) => {
  const kernel = new FakeKernel((message, sent) => {
    const payload = Buffer.concat([offset(0), sent])
    payload.writeInt32LE(-17)
    return [datagram(NLMSG.ERROR, message.sequence, 0, payload)]
  })
  const batch = batchOn(kernel)
  batch.add(route(1))
  batch.flush()
  const result = batch.results[0]
  t.is(result?.ok === false ? result.error.errno : '', 'EEXIST')
})

test('a warning on success is handed on', (t) => {
  const batch = batchOn(new FakeKernel((message) => [acknowledgement(message, 0, [1, Buffer.from('hm\0')])]))
  batch.add(route(1))
  batch.flush()
  t.deepEqual(batch.results, [{ ok: true, reply: undefined, warning: 'hm' }])
})

test('answers are matched by sequence, whatever comes between', (t) => {
  const kernel = new FakeKernel((message) => {
    const writer = new MessageWriter(noInterfaces)
    linkMessage.write(writer, { index: message.sequence, name: `v${message.sequence}` })
    const reply = datagram(16, message.sequence, 0, writer.bytes.subarray(0, writer.length))
    const stranger = datagram(16, 4711, 0, Buffer.alloc(16))
    return [stranger, Buffer.concat([reply, acknowledgement(message)])]
  })
  const batch = batchOn(kernel)
  for (const name of ['a', 'b', 'c']) batch.add(getLink(name))
  batch.flush()
  t.like(
    batch.results,
    [1, 2, 3].map((index) => ({ ok: true, reply: { index, name: `v${index}` } })),
  )
})

test('acknowledgements that the kernel dropped are errors, not waited for', (t) => {
  const kernel = new FakeKernel((message) =>
    message.sequence === 2 ? ['overrun'] : [acknowledgement(message)],
  )
  const batch = batchOn(kernel)
  for (const device of [1, 2, 3]) batch.add(route(device))
  batch.flush()
  t.deepEqual(
    batch.results.map((result) => (result.ok ? 'ok' : result.error.code)),
    ['ok', 'netlink/overrun', 'ok'],
  )
})

test('many messages go out in few sends, none with more than 128', (t) => {
  const kernel = new FakeKernel((message) => [acknowledgement(message)])
  const batch = batchOn(kernel)
  for (let device = 1; device <= 1050; device++) batch.add(route(device))
  batch.flush()
  // The first of its type goes alone: what it costs is not known yet.
  t.is(kernel.sends.length, 10)
  t.true(kernel.sends.every((messages) => messages.length <= 128))
  t.is(batch.results.filter((result) => result.ok).length, 1050)
})

test('big messages go out in sends of at most 32 KiB', (t) => {
  const kernel = new FakeKernel((message) => [acknowledgement(message)])
  const batch = batchOn(kernel)
  for (let count = 0; count < 10; count++)
    batch.add(addLink({ name: 'v0', type: { kind: 'x', data: { unknown: Buffer.alloc(10_000) } } }))
  batch.flush()
  t.true(kernel.sends.length >= 4)
  t.true(kernel.sends.every((messages) => (messages.at(-1)?.to ?? 0) <= 32 * 1024))
  t.is(batch.results.filter((result) => result.ok).length, 10)
})

test('an interface is looked up once, after what stands before it was carried out', (t) => {
  const kernel = new FakeKernel((message) => [acknowledgement(message)])
  const lookedUp: string[] = []
  const batch = batchOn(kernel, (name) => {
    lookedUp.push(`${name} after ${kernel.sends.flat().length}`)
    return 7
  })
  batch.add(addLink({ name: 'v0', type: { kind: 'dummy' } }))
  for (let count = 0; count < 3; count++) batch.add(route('v0'))
  batch.add(addLink({ name: 'v1', type: { kind: 'dummy' } }))
  batch.add(route('v0'))
  batch.flush()
  t.deepEqual(lookedUp, ['v0 after 1', 'v0 after 5'])
  t.is(batch.results.filter((result) => result.ok).length, 6)
})

test('a message that cannot be encoded is an error of its own; the others are carried out', (t) => {
  const kernel = new FakeKernel((message) => [acknowledgement(message)])
  const batch = batchOn(kernel)
  for (const device of [1, 'nowhere', 3]) batch.add(route(device))
  batch.flush()
  t.deepEqual(
    batch.results.map((result) => result.ok),
    [true, false, true],
  )
  const failed = batch.results[1]
  t.regex(failed?.ok === false ? failed.error.message : '', /^ip route replace 192.0.2.0\/24 dev nowhere: /)
})

test('what takes the kernel long goes in short sends', (t) => {
  let now = 0
  const kernel = new FakeKernel((message) => {
    now += message.type === 17 ? 16 : 0.1
    return [acknowledgement(message)]
  })
  const batch = batchOn(kernel, noInterfaces, () => now)
  for (let index = 1; index <= 100; index++) batch.add(route(index))
  for (let index = 1; index <= 10; index++) batch.add(deleteLink(index))
  batch.flush()
  // 0.1 ms each: 20 in 2 ms, give or take the rounding of sums. 16 ms each: alone.
  const sizes = kernel.sends.map((messages) => messages.length)
  t.is(sizes[0], 1)
  t.true(
    sizes.slice(1, 5).every((size) => size >= 19 && size <= 20),
    String(sizes),
  )
  t.deepEqual(sizes.slice(-9), Array(9).fill(1))
})

test('a send that fails is an error of the requests in it', (t) => {
  const kernel = new FakeKernel((message) => [acknowledgement(message)])
  const batch = batchOn(kernel)
  batch.add(route(1))
  batch.flush()
  kernel.send = () => {
    throw new NetlinkError('os/system-call', 'send failed with ENOBUFS', { errno: 'ENOBUFS' })
  }
  batch.add(route(2))
  batch.flush()
  t.like(batch.results, [
    { ok: true },
    { ok: false, error: { code: 'os/system-call', errno: 'ENOBUFS', rendered: route(2).render() } },
  ])
})

test('a malformed datagram costs the requests that it answers, not those behind it', (t) => {
  const kernel = new FakeKernel((message) =>
    message.sequence === 2 ? [Buffer.from('garbage')] : [acknowledgement(message)],
  )
  const batch = batchOn(kernel)
  for (const device of [1, 2, 3]) batch.add(route(device))
  batch.flush()
  t.like(batch.results, [{ ok: true }, { ok: false, error: { code: 'netlink/malformed' } }, { ok: true }])
})
