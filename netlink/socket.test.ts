import { setImmediate } from 'node:timers/promises'
import test from 'ava'
import { acknowledgement, datagram, FakeKernel } from './fake-kernel.ts'
import { controllerMessage } from './generic-controller.ts'
import { dumpLinks, getLink, linkMessage } from './link.ts'
import { type AnyMessageFormat, NLM_F, NLMSG, type ReceivedMessage } from './message.ts'
import { MessageWriter, noInterfaces } from './message-writer.ts'
import { replaceRoute, routeMessage } from './route.ts'
import { NetlinkSocket, type Result } from './socket.ts'
import { deleteTcpMetrics, getTcpMetrics } from './tcp-metrics.ts'

const route = (device: number) => replaceRoute({ destination: '192.0.2.0/24', device })

function body(format: AnyMessageFormat, value: object): Buffer {
  const writer = new MessageWriter(noInterfaces)
  format.write(writer, value)
  return Buffer.from(writer.bytes.subarray(0, writer.length))
}

/** A kernel that knows one thing to say, and a socket on it. */
function open(answer: ConstructorParameters<typeof FakeKernel>[0], protocol: 'route' | 'generic' = 'route') {
  const kernel = new FakeKernel(answer)
  return { kernel, socket: NetlinkSocket.open({ protocol }, () => kernel) }
}

/** The devices of the routes that a kernel was sent, in their order. */
function devicesOf(message: ReceivedMessage, sent: Buffer): number | undefined {
  return routeMessage.read(sent, message.from, message.to).device
}

const codes = (results: readonly Result[]) => results.map((result) => (result.ok ? 'ok' : result.error.code))

test('stop: nothing after the first refused request is sent', async (t) => {
  const seen: (number | undefined)[] = []
  const { socket } = open((message, sent) => {
    const device = devicesOf(message, sent)
    seen.push(device)
    return [acknowledgement(message, device === 3 ? 19 : 0)]
  })
  const requests = [1, 2, 3, 4, 5].map(route)
  const results = await socket.transaction(requests, { onError: 'stop' })
  t.deepEqual(seen, [1, 2, 3])
  t.deepEqual(codes(results), ['ok', 'ok', 'netlink/refused', 'netlink/skipped', 'netlink/skipped'])
  const last = results.at(-1)
  t.is(
    last?.ok === false && last.error.message,
    'ip route replace 192.0.2.0/24 dev if5: not sent, for "ip route replace 192.0.2.0/24 dev if3" was refused',
  )
  t.deepEqual(codes(await socket.transaction(requests)), ['ok', 'ok', 'netlink/refused', 'ok', 'ok'])
})

test('transactions of one socket do not mingle, though they yield; requests made together share sends', async (t) => {
  const seen: (number | undefined)[] = []
  const { kernel, socket } = open((message, sent) => {
    const until = performance.now() + 0.1
    while (performance.now() < until);
    seen.push(devicesOf(message, sent))
    return [acknowledgement(message)]
  })
  const devices = Array.from({ length: 300 }, (_, index) => index + 1)
  let turns = 0
  let running = true
  const count = async () => {
    for (; running; turns++) await setImmediate()
  }
  const counting = count()
  const results = await Promise.all([
    socket.transaction(devices.slice(0, 100).map(route)),
    socket.transaction(devices.slice(100, 150).map(route), { onError: 'stop' }),
    socket.transaction(devices.slice(150, 200).map(route)),
    ...devices.slice(200).map((device) => socket.request(route(device))),
  ])
  running = false
  await counting
  t.is(results.length, 103)
  t.deepEqual(seen, devices)
  // 30 ms of kernel time in slices of 5.
  t.true(turns >= 5, `${turns} turns`)
  t.true(kernel.sends.length < 300 / 2, `${kernel.sends.length} sends`)
})

test('a socket that is closed with requests in flight: each ends, sent or not', async (t) => {
  const { kernel, socket } = open((message) => {
    const until = performance.now() + 0.1
    while (performance.now() < until);
    return [acknowledgement(message)]
  })
  const first = socket.transaction(Array.from({ length: 500 }, (_, index) => route(index + 1)))
  const second = t.throwsAsync(socket.request(route(1)), { code: 'netlink/closed' })
  await setImmediate()
  await setImmediate()
  socket.close()
  const results = codes(await first)
  const carriedOut = kernel.sends.flat().length
  t.true(carriedOut < 500)
  t.deepEqual(results, [...Array(carriedOut).fill('ok'), ...Array(500 - carriedOut).fill('netlink/closed')])
  await second
  await t.throwsAsync(socket.request(route(1)), { code: 'netlink/closed' })
  await t.throwsAsync(socket.dump(dumpLinks()).next(), { code: 'netlink/closed' })
})

test('100,000 requests at once', async (t) => {
  const { kernel, socket } = open((message) => {
    const reply = datagram(16, message.sequence, 0, body(linkMessage, { index: message.sequence }))
    return [reply, acknowledgement(message)]
  })
  const links = await Promise.all(Array.from({ length: 100_000 }, () => socket.request(getLink(1))))
  t.is(new Set(links.map(({ index }) => index)).size, 100_000)
  t.true(kernel.sends.length < 20_000, `${kernel.sends.length} sends`)
})

test('a request whose writing or printing fails does not hold up the others', async (t) => {
  const { socket } = open((message) => [acknowledgement(message)])
  const bug = () => {
    throw new Error('a bug')
  }
  const [unwritable, unprintable, good] = await Promise.allSettled([
    socket.request({ ...route(1), format: { ...routeMessage, read: bug, locate: bug, write: bug } }),
    socket.request({
      ...route(1),
      format: { ...routeMessage, read: bug, locate: bug, write: bug },
      render: bug,
    }),
    socket.request(route(2)),
  ])
  t.like(unwritable, { reason: { code: 'wire/unencodable', rendered: route(1).render() } })
  t.like(unprintable, { reason: { message: 'a bug' } })
  t.is(good.status, 'fulfilled')
})

test('a dump is asked for again when the table changed, and large ones yield', async (t) => {
  let asked = 0
  const { socket } = open((message) => {
    asked++
    const flags = NLM_F.MULTI + (asked === 1 ? NLM_F.DUMP_INTR : 0)
    const link = datagram(16, message.sequence, flags, body(linkMessage, { index: asked, name: 'v0' }))
    const datagrams = Array.from({ length: 500 }, () => Buffer.concat(Array(20).fill(link)))
    return [...datagrams, datagram(NLMSG.DONE, message.sequence, flags, Buffer.alloc(4))]
  })
  let turns = 0
  let running = true
  const count = async () => {
    for (; running; turns++) await setImmediate()
  }
  const counting = count()
  const links = await Array.fromAsync(socket.dump(dumpLinks()))
  running = false
  await counting
  t.is(asked, 2)
  t.is(links.length, 10_000)
  t.true(links.every(({ index }) => index === 2))
  t.true(turns >= 2, `${turns} turns`)
})

test('a dump that never holds still, one that is lost, and one whose socket is closed end in an error', async (t) => {
  const never = open((message) => [
    datagram(NLMSG.DONE, message.sequence, NLM_F.MULTI | NLM_F.DUMP_INTR, Buffer.alloc(4)),
  ])
  await t.throwsAsync(Array.fromAsync(never.socket.dump(dumpLinks())), { code: 'netlink/overrun' })
  t.true(never.kernel.closed)
  const lost = open(() => ['overrun'])
  await t.throwsAsync(Array.fromAsync(lost.socket.dump(dumpLinks())), { code: 'netlink/overrun' })
  const closing: { socket?: NetlinkSocket } = {}
  const { socket } = open((message) => {
    closing.socket?.close()
    return [datagram(16, message.sequence, NLM_F.MULTI, body(linkMessage, { index: 1 }))]
  })
  closing.socket = socket
  await t.throwsAsync(Array.fromAsync(socket.dump(dumpLinks())), { code: 'netlink/closed' })
})

test('a generic family is asked for once, by name; without one the request is refused', async (t) => {
  const types: number[] = []
  const { socket } = open((message, sent) => {
    types.push(message.type)
    if (message.type !== 16) return [acknowledgement(message)]
    const { name } = controllerMessage.read(sent, message.from, message.to)
    if (types.length > 3) return [acknowledgement(message, 2)]
    const reply = datagram(16, message.sequence, 0, body(controllerMessage, { command: 1, name, number: 27 }))
    return [reply, acknowledgement(message)]
  }, 'generic')
  await socket.request(deleteTcpMetrics('192.0.2.1'))
  await socket.request(deleteTcpMetrics('2001:db8::1'))
  t.deepEqual(types, [16, 27, 27])
  const unknown = { ...getTcpMetrics('192.0.2.1'), family: 'none' }
  const error = await t.throwsAsync(socket.request(unknown))
  t.like(error, {
    errno: 'ENOENT',
    message: 'ip tcp_metrics get 192.0.2.1: generic netlink family "none": ENOENT',
  })
  const { socket: other } = open((message) => [acknowledgement(message)])
  await t.throwsAsync(other.request(deleteTcpMetrics('192.0.2.1')), { code: 'wire/unencodable' })
})
