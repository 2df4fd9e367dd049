import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import test from 'ava'
import { DatagramSlots } from './datagram-slots.ts'
import { OsSocket, SystemCallError } from './os-socket.ts'

const domain = 2 // AF_INET
const datagram = 2 // SOCK_DGRAM

function loopbackAddress(port = 0): Buffer {
  const address = Buffer.alloc(16)
  address.writeUInt16LE(domain, 0)
  address.writeUInt16BE(port, 2)
  address.writeUInt32BE(0x7f000001, 4)
  return address
}

test('a datagram from elsewhere wakes the listener, is received once, and close ends the waiting', async (t) => {
  const socket = OsSocket.open({ domain, type: datagram, protocol: 0 })
  socket.bind(loopbackAddress())
  const buffer = Buffer.alloc(100)
  t.is(socket.receive(buffer), undefined)
  const received = new Promise<string>((resolve) => {
    socket.onReadable(() => {
      const length = socket.receive(buffer)
      if (length !== undefined) resolve(buffer.toString('utf8', 0, length))
    })
  })
  const sender = createSocket('udp4')
  sender.send('hello', socket.localAddress().readUInt16BE(2), '127.0.0.1')
  t.is(await received, 'hello')
  t.is(socket.receive(buffer), undefined)
  socket.close()
  socket.close()
  sender.close()
  await once(sender, 'close')
})

test('many datagrams are received at once, each into its slot; the rest waits', async (t) => {
  const socket = OsSocket.open({ domain, type: datagram, protocol: 0 })
  socket.bind(loopbackAddress())
  const slots = new DatagramSlots(3, 8)
  t.is(socket.receiveMany(slots, 3), 0)
  const sender = OsSocket.open({ domain, type: datagram, protocol: 0 })
  sender.connect(loopbackAddress(socket.localAddress().readUInt16BE(2)))
  // What is sent over loopback waits when send returns.
  for (const text of ['one', '', 'longer than a slot', 'four', 'five']) sender.send(Buffer.from(text))
  const received = (most: number) => {
    const texts: string[] = []
    slots.forEach(socket.receiveMany(slots, most), (bytes, length) =>
      texts.push(bytes.toString('utf8', 0, length)),
    )
    return texts
  }
  t.deepEqual(received(3), ['one', '', 'longer t'])
  t.deepEqual(received(1), ['four'])
  t.deepEqual(received(3), ['five'])
  t.deepEqual(received(3), [])
  socket.close()
  sender.close()
  t.throws(() => socket.receiveMany(slots, 3), { message: /recvmmsg failed with EBADF/ })
})

test('a failed call tells its name and errno', (t) => {
  const error = t.throws(() => OsSocket.open({ domain: 9999, type: datagram, protocol: 0 }), {
    instanceOf: SystemCallError,
  })
  t.is(error.errno, 'EAFNOSUPPORT')
  t.regex(error.message, /^socket failed with EAFNOSUPPORT/)
  t.throws(() => OsSocket.open({ domain, type: datagram, protocol: 0, namespace: '/run/netns/none' }), {
    message: /ENOENT/,
  })
})

test('process.exit does not wait for sockets that are listened to', (t) => {
  const program = `
    import { OsSocket } from ${JSON.stringify(new URL('os-socket.ts', import.meta.url).href)}
    const socket = OsSocket.open({ domain: ${domain}, type: ${datagram}, protocol: 0 })
    socket.onReadable(() => {})
    setTimeout(() => process.exit(7), 50)`
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { timeout: 10_000 })
  t.is(child.status, 7)
})
