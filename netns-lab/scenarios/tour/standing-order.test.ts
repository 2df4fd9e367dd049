import test from 'ava'
import { landmarks, standing } from './standing-order.ts'

const wanted = landmarks('192.0.2.11', 'a1', 4_000_000)
const up = 'sj-1@NONE: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1480\n    link/ipip'
const shared = (start: number, own: string, peer: string) => [
  { atMilliseconds: start, text: `5: ${up} ${own} peer ${peer}` },
  {
    atMilliseconds: start + 1,
    text: 'class htb 10:11 dev core0 root prio 3 rate 4Mbit ceil 4Mbit burst 1600b cburst 1600b',
  },
  {
    atMilliseconds: start + 2,
    text: 'added filter dev cn0 ingress protocol ip pref 1 flower\n  dst_ip 192.0.2.11\n  not_in_hw',
  },
]
const homeAgent = [
  ...shared(100, '192.0.2.1', '10.1.1.2'),
  { atMilliseconds: 103, text: '192.0.2.11 dev sj-1 table 434 proto 143 scope link' },
]
const foreignAgent = [
  ...shared(200, '10.1.1.2', '192.0.2.1'),
  { atMilliseconds: 203, text: '192.0.2.11 dev access lladdr 02:00:00:00:00:01 PERMANENT' },
  { atMilliseconds: 204.5, text: '192.0.2.11 dev access proto 143 scope link' },
]

test('all landmarks: the last one decides', (t) => {
  const seen = standing(
    wanted,
    new Map([
      ['ha', homeAgent],
      ['a1', foreignAgent],
    ]),
  )
  t.deepEqual(seen, { missing: [], last: { atMilliseconds: 204.5, name: 'route at a1' } })
})

test('a missing one is named', (t) => {
  const seen = standing(
    wanted,
    new Map([
      ['ha', homeAgent],
      ['a1', foreignAgent.slice(0, -1)],
    ]),
  )
  t.deepEqual(seen.missing, ['route at a1'])
})

test('another rate is not the class', (t) => {
  const other = homeAgent.map((event) => ({
    ...event,
    text: event.text.replace('rate 4Mbit', 'rate 40Mbit'),
  }))
  const seen = standing(
    wanted,
    new Map([
      ['ha', other],
      ['a1', foreignAgent],
    ]),
  )
  t.deepEqual(seen.missing, ['class at ha'])
})
