import test from 'ava'
import { parseFields } from './capture.ts'
import { describeMessage, firstHopOutOfOrder, messagesOfPacket } from './signalling.ts'

const text = [
  '1700000000.000001\t10.1.101.1\t224.0.0.1\t1\t\t\t\t\t\t\t10.1.1.2\tMobile IP Advertisement',
  '1700000000.100000\t192.0.2.11\t10.1.101.1\t17\t\t\t1\t\t1800\tmn1@home.example\t\tReg Request',
  '1700000000.200000\t10.1.1.2\t10.1.0.2\t6\t260\t1\t\t\t\t\t\tcmd=AA-Mobile-Node Request(260)',
  '1700000000.300000\t10.1.0.2\t10.0.2.2\t6\t260 271\tTrue True\t\t\t\t\t\tcmd=AA-Mobile-Node Request(260)',
  '1700000000.400000\t10.0.2.2\t10.1.0.2\t6\t260\tFalse\t\t\t\t\t\t3002\tcmd=AA-Mobile-Node Answer(260)',
  '1700000000.500000\t10.1.101.1\t192.0.2.11\t17\t\t\t3\t0\t1800\t\t\tReg Reply: HAID=...',
  '1700000000.600000\t192.0.2.1 203.0.113.10\t10.1.1.2 192.0.2.11\t4 1\t\t\t\t\t\t\t\tEcho (ping) request',
].join('\n')
const messages = parseFields(text).flatMap(messagesOfPacket)

test('messages by their names and hosts, several of one segment too', (t) => {
  t.deepEqual(messages.map(describeMessage), [
    'advertisement a1→224.0.0.1',
    'RRQ mn1→a1',
    'AMR a1→fsa',
    'AMR fsa→hs',
    'ACR fsa→hs',
    'AMA hs→fsa',
    'RRP a1→mn1',
    'IPIP ha→a1',
  ])
})

test('what the messages carry', (t) => {
  t.is(messages[0]?.careOfAddress, '10.1.1.2')
  t.is(messages[1]?.nai, 'mn1@home.example')
  t.is(messages[4]?.resultCode, undefined)
  t.is(messages[5]?.resultCode, 3002)
  t.is(messages[6]?.replyCode, 0)
  t.is(messages[6]?.lifetimeSeconds, 1800)
  t.is(messages[2]?.atMilliseconds, 1_700_000_000_200)
})

test('the order of hops', (t) => {
  t.is(firstHopOutOfOrder(messages, ['AMR a1→fsa', 'AMR fsa→hs', 'AMA hs→fsa', 'RRP a1→mn1']), undefined)
  t.is(firstHopOutOfOrder(messages, ['AMR fsa→hs', 'AMR a1→fsa']), 'AMR a1→fsa')
  t.is(firstHopOutOfOrder(messages, ['HAR hs→ha']), 'HAR hs→ha')
})
