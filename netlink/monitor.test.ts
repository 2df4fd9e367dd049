import test from 'ava'
import { classMessage } from './class.ts'
import { acknowledgement, datagram, FakeKernel } from './fake-kernel.ts'
import { controllerMessage } from './generic-controller.ts'
import { linkMessage } from './link.ts'
import type { AnyMessageFormat } from './message.ts'
import { MessageWriter, noInterfaces } from './message-writer.ts'
import { decoderOf, Monitor, multicastGroups, queuedEvents } from './monitor.ts'
import { NetlinkSocket } from './socket.ts'
import { tcpMetricsMessage } from './tcp-metrics.ts'

function notification(type: number, format: AnyMessageFormat, value: object): Buffer {
  const writer = new MessageWriter(noInterfaces)
  format.write(writer, value)
  return datagram(type, 0, 0, writer.bytes.subarray(0, writer.length))
}

const link = (index: number) => notification(16, linkMessage, { index })
const done = { done: true, value: undefined }

test('traffic control comes by one group, of which each object is watched by itself', async (t) => {
  t.deepEqual(multicastGroups(['qdisc', 'class', 'filter', 'link']), [4, 1])
  const kernel = new FakeKernel(() => [])
  const monitor = new Monitor(kernel, decoderOf(['class']))
  kernel.notify(
    notification(36, classMessage, { device: 1 }),
    notification(40, classMessage, { device: 1, classId: 0x10001 }),
    notification(41, classMessage, { device: 1, classId: 0x10002 }),
  )
  t.like(await monitor.next(), { value: { object: 'class', change: 'new', value: { classId: 0x10001 } } })
  t.like(await monitor.next(), { value: { object: 'class', change: 'delete', value: { classId: 0x10002 } } })
  const waits = monitor.next()
  monitor.close()
  t.deepEqual(await waits, done)
  t.true(kernel.closed)
})

test('what the kernel dropped is an overrun, which stands for all before it', async (t) => {
  const kernel = new FakeKernel(() => [])
  const monitor = new Monitor(kernel, decoderOf(['link']))
  kernel.notify(link(1), 'overrun', link(2))
  t.deepEqual(await monitor.next(), { done: false, value: { object: 'overrun' } })
  t.like(await monitor.next(), { value: { object: 'link', value: { index: 2 } } })
  t.deepEqual(await monitor.return(), done)
  t.deepEqual(await monitor.next(), done)
})

test('a monitor that nobody reads keeps a bounded number of events', async (t) => {
  const kernel = new FakeKernel(() => [])
  const monitor = new Monitor(kernel, decoderOf(['link']))
  for (let index = 1; index <= queuedEvents + 3; index++) kernel.notify(link(index))
  t.deepEqual(await monitor.next(), { done: false, value: { object: 'overrun' } })
  t.like(await monitor.next(), { value: { value: { index: queuedEvents + 2 } } })
  t.like(await monitor.next(), { value: { value: { index: queuedEvents + 3 } } })
  monitor.close()
})

test('a notification that cannot be read is an error after the events before it', async (t) => {
  const kernel = new FakeKernel(() => [])
  const monitor = new Monitor(kernel, decoderOf(['link']))
  kernel.notify(link(1), Buffer.from('garbage'), link(2))
  t.like(await monitor.next(), { value: { value: { index: 1 } } })
  await t.throwsAsync(monitor.next(), { code: 'netlink/malformed' })
  t.true(kernel.closed)
})

test('closing the socket ends its monitors', async (t) => {
  const kernels: FakeKernel[] = []
  const socket = NetlinkSocket.open({}, () => {
    const kernel = new FakeKernel(() => [])
    kernels.push(kernel)
    return kernel
  })
  const monitor = socket.monitor(['link', 'route'])
  const waits = monitor.next()
  socket.close()
  t.deepEqual(await waits, done)
  t.true(kernels.every(({ closed }) => closed))
  t.is(kernels.length, 2)
})

test('a group of a generic netlink family is found by its name', async (t) => {
  const kernels: FakeKernel[] = []
  const groups: unknown[] = []
  const socket = NetlinkSocket.open({ protocol: 'generic' }, (options) => {
    groups.push(options.groups)
    const family = {
      command: 1,
      name: 'tcp_metrics',
      number: 27,
      multicastGroups: [{ name: 'all', number: 9 }],
    }
    const kernel = new FakeKernel((message) => {
      const reply = notification(16, controllerMessage, family)
      reply.writeUInt32LE(message.sequence, 8)
      return [reply, acknowledgement(message)]
    })
    kernels.push(kernel)
    return kernel
  })
  const family = { name: 'tcp_metrics', format: tcpMetricsMessage }
  t.throws(() => socket.monitorFamily(family, 'none'), { instanceOf: RangeError })
  const monitor = socket.monitorFamily(family, 'all')
  t.deepEqual(groups.at(-1), [9])
  const told = (type: number, address: string) =>
    notification(type, tcpMetricsMessage, { command: 1, address })
  kernels.at(-1)?.notify(told(28, '192.0.2.1'), told(27, '192.0.2.2'))
  t.like(await monitor.next(), { value: { object: 'message', value: { address: '192.0.2.2' } } })
  socket.close()
  t.deepEqual(await monitor.next(), done)
})
