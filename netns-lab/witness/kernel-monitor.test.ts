import test from 'ava'
import { parseMonitor } from './kernel-monitor.ts'

test('events with their microseconds; continued lines belong to the event', (t) => {
  const events =
    parseMonitor(`[2026-11-22T06:19:42.546250] 192.0.2.11 dev sj-1 table 434 proto 143 scope link${' '}
[2026-11-22T06:19:42.871122] added filter dev in0 ingress protocol ip pref 1 flower chain 0 handle 0x1${' '}
  eth_type ipv4
  dst_ip 192.0.2.11

`)
  t.deepEqual(events, [
    {
      atMilliseconds: Date.UTC(2026, 10, 22, 6, 19, 42) + 546.25,
      text: '192.0.2.11 dev sj-1 table 434 proto 143 scope link',
    },
    {
      atMilliseconds: Date.UTC(2026, 10, 22, 6, 19, 42) + 871.122,
      text: 'added filter dev in0 ingress protocol ip pref 1 flower chain 0 handle 0x1 \n  eth_type ipv4\n  dst_ip 192.0.2.11',
    },
  ])
})

test('nothing heard, nothing told; noise before the first event is ignored', (t) => {
  t.deepEqual(parseMonitor(''), [])
  t.deepEqual(parseMonitor('Cannot open netlink socket\n'), [])
})
