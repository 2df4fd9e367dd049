import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { isProven } from '../route-optimization/binding-message.ts'
import { association, homeAddress, homeAgent, read } from '../route-optimization/fake-peers.ts'
import { network } from '../route-optimization/network.ts'
import { BindingRequests } from './binding-requests.ts'

function staged() {
  const clock = new ManualClock()
  const sent: { bytes: Buffer; to: string }[] = []
  const bound = new Set<string>()
  const home = (address: string, prefix: string) =>
    [address, { address, association, networks: [network.parse(prefix)] }] as const
  const requests = new BindingRequests({
    homeAgents: new Map([
      home(homeAgent, '192.0.2.0/24'),
      home('192.0.2.2', '192.0.2.128/25'),
      home('198.51.100.1', '198.51.100.0/24'),
    ]),
    isBound: (address) => bound.has(address),
    send: (bytes, { address }) => void sent.push({ bytes, to: address }),
    random32: () => 0,
    clock,
    log: silentLog,
  })
  return { clock, sent, bound, requests, asked: () => sent.splice(0).map(({ to }) => to) }
}

test('the home agents of the network are asked, with proof and identifications that rise', (t) => {
  const { requests, sent, asked, clock } = staged()
  requests.seen(homeAddress)
  clock.advance(1000)
  requests.seen(homeAddress)
  const messages = sent.map(({ bytes }) => {
    const message = read(bytes, 'binding-request')
    t.true(isProven(bytes, message, association))
    return message
  })
  t.true((messages[1]?.identification ?? 0n) > (messages[0]?.identification ?? 0n))
  t.deepEqual(asked(), [homeAgent, homeAgent])
  requests.seen('192.0.2.200')
  t.deepEqual(asked(), [homeAgent, '192.0.2.2'])
  requests.seen('203.0.113.10')
  requests.seen(homeAgent)
  t.deepEqual(asked(), [], 'neither strangers nor home agents are nodes')
})

test('a node that stays unbound is asked for after pauses that double to 16 s', (t) => {
  const { requests, asked, clock } = staged()
  const at: number[] = []
  for (let second = 0; second <= 50; second++) {
    requests.seen(homeAddress)
    if (asked().length > 0) at.push(second)
    clock.advance(1000)
  }
  t.deepEqual(at, [0, 1, 3, 7, 15, 31, 47])
})

test('a bound node is not asked for, and at once when it is no more', (t) => {
  const { requests, asked, bound } = staged()
  requests.seen(homeAddress)
  bound.add(homeAddress)
  requests.bound(homeAddress)
  requests.seen(homeAddress)
  t.deepEqual(asked(), [homeAgent])
  bound.clear()
  requests.seen(homeAddress)
  t.deepEqual(asked(), [homeAgent])
})

test('whoever sends to all addresses of a network makes 50 requests a second at most', (t) => {
  const { requests, asked, clock } = staged()
  const sendToAll = () => {
    for (let last = 1; last < 255; last++) requests.seen(`198.51.100.${last}`)
    return asked().length
  }
  t.is(sendToAll(), 50)
  t.is(sendToAll(), 0)
  clock.advance(1000)
  t.is(sendToAll(), 50)
})
