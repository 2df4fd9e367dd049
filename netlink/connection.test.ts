/** The bytes are put together here by the kernel's headers: conntrack-tools prints no messages. */
import test from 'ava'
import { renderAction } from './action.ts'
import { ct } from './action-ct.ts'
import { commandLine } from './command-line.ts'
import { type Connection, connectionMessage, decodeConnectionEvent, deleteConnection } from './connection.ts'
import { MessageWriter, noInterfaces } from './message-writer.ts'

const hex = (...words: string[]) => Buffer.from(words.join('').replaceAll(' ', ''), 'hex')

/** udp 192.0.2.11:5004 -> 203.0.113.10:9, whose answers come to 198.51.100.1:40001; zone 4340. */
const bytes = hex(
  '02 00 0000',
  '3400 0180 1400 0180 0800 0100 c000020b 0800 0200 cb00710a',
  '1c00 0280 0500 0100 11000000 0600 0200 138c0000 0600 0300 00090000',
  '3400 0280 1400 0180 0800 0100 cb00710a 0800 0200 c6336401',
  '1c00 0280 0500 0100 11000000 0600 0200 00090000 0600 0300 9c410000',
  '0800 0300 0000019a',
  '0600 1200 10f40000',
)
const original = {
  addresses: { source: '192.0.2.11', destination: '203.0.113.10' },
  protocol: { number: 'udp' as const, sourcePort: 5004, destinationPort: 9 },
}
const connection: Connection = {
  family: 'inet',
  version: 0,
  resource: 0,
  original,
  reply: {
    addresses: { source: '203.0.113.10', destination: '198.51.100.1' },
    protocol: { number: 'udp', sourcePort: 9, destinationPort: 40_001 },
  },
  status: 0x19a,
  zone: 4340,
}

test('a connection is read, and written as it was', (t) => {
  t.deepEqual(connectionMessage.read(bytes), connection)
  const writer = new MessageWriter(noInterfaces)
  connectionMessage.write(writer, connection)
  t.deepEqual(writer.bytes.subarray(0, writer.length), bytes)
})

test('notifications of other subsystems are none of ours', (t) => {
  t.like(decodeConnectionEvent(0x100, bytes), { object: 'connection', change: 'new' })
  t.like(decodeConnectionEvent(0x102, bytes), { change: 'delete', value: { zone: 4340 } })
  t.is(decodeConnectionEvent(0x200, bytes), undefined)
})

test('what is cut off is refused or is read as less', (t) => {
  // Two bytes of padding end it.
  for (let length = 0; length < bytes.length - 2; length++) {
    let read: Connection | undefined
    try {
      read = connectionMessage.read(bytes, 0, length)
    } catch (error) {
      t.like(error, { code: 'netlink/malformed' })
    }
    t.notDeepEqual(read, connection)
  }
})

test('requests and actions are printed as commands', (t) => {
  t.is(
    deleteConnection({ original, zone: 4340 }).render(),
    'conntrack -D -w 4340 -p udp -s 192.0.2.11 -d 203.0.113.10 --sport 5004 --dport 9',
  )
  const rows: [action: ReturnType<typeof ct>, words: string][] = [
    [ct({ nat: 'as before', zone: 4340, verdict: 'pass' }), 'action ct zone 4340 nat pass'],
    [
      ct({ commit: true, nat: { end: 'destination', firstAddress: '192.0.2.11' } }),
      'action ct commit nat dst addr 192.0.2.11',
    ],
    [
      ct({
        commit: true,
        zone: 7,
        nat: {
          end: 'source',
          firstAddress: '198.51.100.1',
          lastAddress: '198.51.100.2',
          ports: { first: 40_000, last: 40_999 },
        },
        verdict: 'continue',
      }),
      'action ct commit zone 7 nat src addr 198.51.100.1-198.51.100.2 port 40000-40999 continue',
    ],
  ]
  for (const [action, words] of rows) t.is(commandLine(renderAction(action)), words)
})
