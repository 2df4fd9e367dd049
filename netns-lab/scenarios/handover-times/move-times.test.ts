import test from 'ava'
import type { SignallingMessage } from '../../witness/signalling.ts'
import { classAhead, columns, moveTimes, spread, table } from './move-times.ts'
import type { Series } from './series.ts'
import { type Way, ways } from './ways.ts'

const wayOf = (id: string): Way => {
  const way = ways.find((one) => one.id === id)
  if (!way) throw new Error(`no way "${id}"`)
  return way
}
const message = (atMilliseconds: number, words: string): SignallingMessage => {
  const [name = '', from = '', to = ''] = words.split(/ |→/)
  return { atMilliseconds, name, from, to }
}

/** A packet per millisecond, sent 1 ms before; silence from 2010 to 2050, when the node moves to a2. */
function series(id: string, messages: readonly SignallingMessage[]): Series {
  const arrivals = Array.from({ length: 200 }, (_, index) => ({
    ...{ atMilliseconds: 1900 + index, sentMilliseconds: 1899 + index, sequence: index + 1 },
  })).filter(({ atMilliseconds }) => atMilliseconds < 2010 || atMilliseconds > 2050)
  return {
    way: wayOf(id),
    roundTripMilliseconds: 0,
    witnessed: { atMilliseconds: 2005, to: 'a2' },
    moves: [{ atMilliseconds: 2005, to: 'a2' }],
    arrivals,
    messages: [...messages],
    nodeEvents: [
      { atMilliseconds: 2010, text: '2: radio0@if4: <NO-CARRIER,BROADCAST,UP>' },
      { atMilliseconds: 2020, text: '2: radio0@if4: <BROADCAST,UP,LOWER_UP>' },
    ],
    agentEvents: [
      { atMilliseconds: 2030, text: 'class htb 4400:2 dev access rate 4Mbit ceil 4Mbit' },
      { atMilliseconds: 2031, text: 'added filter dev sj-1 ingress\n  dst_ip 192.0.2.11' },
    ],
  }
}

const registration = [
  message(2022, 'RRQ mn1→a2'),
  message(2023, 'AMR a2→fsa'),
  message(2040, 'QIR a2→fsa'),
  message(2041, 'QIA a2→fsa'),
  message(2070, 'RRP a2→mn1'),
]

test('the times of a move count from the carrier, those of messages from the request', (t) => {
  const [times] = moveTimes(series('forwarding', registration))
  t.is(times?.silenceMilliseconds, 42)
  t.is(times?.lostPackets, 41)
  t.is(times?.toRequest, 2)
  t.is(times?.toReadBack, 20)
  t.is(times?.toFirstPacket, 31)
  t.is(times?.toReply, 50)
  t.is(times?.hops['AMR agent→fsa'], 1)
  t.is(times?.hops['HAR hs→ha'], Number.NaN)
})

test('in overlapping cells they count from the first advertisement of the new agent', (t) => {
  const messages = [
    message(2006, 'advertisement a1→224.0.0.1'),
    message(2008, 'advertisement a2→224.0.0.1'),
    ...[message(2009, 'RRQ mn2→a2'), message(2015, 'QIA a2→fsa'), message(2030, 'RRP a2→mn2')],
  ]
  const [times] = moveTimes(series('bicasting', messages))
  t.is(times?.toRequest, 1)
  t.is(times?.toReadBack, 7)
  t.is(times?.toReply, 22)
  t.is(times?.toFirstPacket, Number.NaN)
})

test('how long the class stood before the first packet', (t) => {
  t.is(classAhead(series('forwarding', registration)), 20)
  t.is(classAhead({ ...series('forwarding', registration), agentEvents: [] }), Number.NaN)
})

test('what was not seen is in no figure', (t) => {
  t.is(spread([3, 1, Number.NaN, 2]), '2 3 3')
  t.is(spread([1.25, 10.04]), '10 10 10')
  t.is(spread([Number.NaN]), '-')
})

test('a table', (t) => {
  const lines = table([{ name: 'none', cells: columns.map((_, index) => String(index)) }]).split('\n')
  t.regex(lines[0] ?? '', /^p50, p95, worst; ms +lost packets +longest silence/)
  t.regex(lines[1] ?? '', /^none +0 +1 +2 +3/)
  t.is(lines[0]?.length, lines[1]?.length)
})
