import test from 'ava'
import {
  bitsPerSecond,
  classOfMark,
  fwFilters,
  htbClasses,
  majors,
  markOf,
  rootHtb,
  tunnels,
} from './kernel-state.ts'

const links = `4: tunl0@NONE: <NOARP> mtu 1480 qdisc noop state DOWN mode DEFAULT group default qlen 1000
    link/ipip 0.0.0.0 brd 0.0.0.0 promiscuity 0  allmulti 0 minmtu 0 maxmtu 0${' '}
    ipip any remote any local any ttl inherit nopmtudisc numtxqueues 1${' '}
5: sj-1@NONE: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1480 qdisc noqueue state UNKNOWN mode DEFAULT
    link/ipip 192.0.2.1 peer 10.1.1.2 promiscuity 0  allmulti 0 minmtu 0 maxmtu 0${' '}
    ipip any remote 10.1.1.2 local 192.0.2.1 ttl 64 pmtudisc addrgenmode eui64 numtxqueues 1
`
const classText = `class htb 1:10 root leaf 10: prio 0 rate 1Gbit ceil 1Gbit burst 1375b cburst 1375b${' '}
 Sent 3028 bytes 2 pkt (dropped 0, overlimits 0 requeues 0)${' '}
 backlog 0b 0p requeues 0

class htb 10:11 root leaf 8001: prio 1 rate 20Mbit ceil 20Mbit burst 1600b cburst 1600b${' '}
 Sent 3028 bytes 2 pkt (dropped 1, overlimits 0 requeues 0)${' '}
 backlog 0b 0p requeues 0
`
const filterText = `filter parent 1: protocol all pref 1 fw chain 0${' '}
filter parent 1: protocol all pref 1 fw chain 0 handle 0x100000/0xffff0000 classid 1:10${' '}
filter protocol all pref 1 fw chain 0${' '}
filter protocol all pref 1 fw chain 0 handle 0x11/0xffff classid 10:11${' '}
filter protocol all pref 1 fw chain 0 handle 0x12/0xffff classid 10:12${' '}
`
const flowerText = `filter protocol ip pref 1 flower chain 0${' '}
filter protocol ip pref 1 flower chain 0 handle 0x1${' '}
  eth_type ipv4
  dst_ip 192.0.2.11
  not_in_hw
	action order 1: skbedit  mark 1048593 pipe
	 index 1 ref 1 bind 1

filter protocol ip pref 1 flower chain 0 handle 0x2${' '}
  eth_type ipv4
  dst_ip 192.0.2.1
  not_in_hw
	action order 1: skbedit  mark 0x100012 pipe
`

test('tunnels: ours only, with both ends', (t) => {
  t.deepEqual(tunnels(links), [{ interface: 'sj-1', remote: '10.1.1.2', local: '192.0.2.1' }])
  t.deepEqual(tunnels(''), [])
})

test('classes: rates in bits per second, counters, nested ones too', (t) => {
  t.deepEqual(htbClasses(classText)[1], {
    classId: '10:11',
    leaf: '8001',
    rateBitsPerSecond: 20e6,
    ceilBitsPerSecond: 20e6,
    priority: 1,
    bytes: 3028,
    packets: 2,
    drops: 1,
  })
  t.deepEqual(majors(htbClasses(classText), '1'), ['1', '10'])
  t.deepEqual(htbClasses(''), [])
})

test('rates as tc prints them', (t) => {
  t.is(bitsPerSecond('1500Kbit'), 1_500_000)
  t.is(bitsPerSecond('800bit'), 800)
  t.is(bitsPerSecond('1Gbit'), 1e9)
  t.true(Number.isNaN(bitsPerSecond('fast')))
})

test('a mark is followed from flower through both fw filters to its class', (t) => {
  const mark = markOf('192.0.2.11', flowerText)
  t.is(mark, 0x100011)
  t.is(classOfMark(mark ?? 0, fwFilters(filterText), htbClasses(classText))?.classId, '10:11')
})

test('a mark without a filter, or with a filter but no class, has no class', (t) => {
  t.is(classOfMark(0x200013, fwFilters(filterText), htbClasses(classText)), undefined)
  t.is(classOfMark(0x100012, fwFilters(filterText), htbClasses(classText)), undefined)
})

test('of qdiscs that number their classes alike, a mark leads into the one that the root says', (t) => {
  const classes =
    htbClasses(`class htb 1:10 root leaf 10: prio 0 rate 1Gbit ceil 1Gbit burst 1375b cburst 1375b
class htb 1:20 root leaf 20: prio 0 rate 1Gbit ceil 1Gbit burst 1375b cburst 1375b
class htb 20:11 root leaf 8002: prio 1 rate 6Mbit ceil 6Mbit burst 1600b cburst 1600b
class htb 10:11 root leaf 8001: prio 1 rate 20Mbit ceil 20Mbit burst 1600b cburst 1600b
`)
  const filters =
    fwFilters(`filter parent 1: protocol all pref 1 fw chain 0 handle 0x100000/0xffff0000 classid 1:10
filter parent 1: protocol all pref 1 fw chain 0 handle 0x200000/0xffff0000 classid 1:20
filter protocol all pref 1 fw chain 0 handle 0x11/0xffff classid 20:11
filter protocol all pref 1 fw chain 0 handle 0x11/0xffff classid 10:11
`)
  t.is(classOfMark(0x100011, filters, classes)?.classId, '10:11')
  t.is(classOfMark(0x200011, filters, classes)?.classId, '20:11')
})

test('marks are those of the whole address, decimal or hexadecimal', (t) => {
  t.is(markOf('192.0.2.1', flowerText), 0x100012)
  t.is(markOf('192.0.2.12', flowerText), undefined)
})

test('marks with the highest bit', (t) => {
  const filters = fwFilters(
    'filter parent 1: protocol all pref 1 fw chain 0 handle 0x80000000/0xffff0000 classid 10:11',
  )
  t.is(classOfMark(0x80000011, filters, htbClasses(classText))?.classId, '10:11')
})

test('direct packets of the root qdisc, not of a child', (t) => {
  const text = `qdisc htb 1: root refcnt 2 r2q 10 default 0 direct_packets_stat 7 direct_qlen 1000
 Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0)
qdisc htb 10: parent 1:10 r2q 10 default 0 direct_packets_stat 9 direct_qlen 1000
`
  t.deepEqual(rootHtb(text), { major: '1', directPackets: 7 })
  t.is(rootHtb('qdisc noqueue 0: root refcnt 2 '), undefined)
})
