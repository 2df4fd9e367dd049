import test from 'ava'
import {
  isOpen,
  type PeerEvent,
  type PeerState,
  peerEvents,
  peerStates,
  step,
  winsElection,
} from './peer-machine.ts'

/** RFC 6733, section 5.6, written down a second time: state, event, actions, next state. `+`: a row of our own. */
const rows = `
Closed | Start | I-Snd-Conn-Req | Wait-Conn-Ack
Closed | R-Conn-CER | R-Accept, Process-CER, R-Snd-CEA | R-Open
Wait-Conn-Ack | I-Rcv-Conn-Ack | I-Snd-CER | Wait-I-CEA
Wait-Conn-Ack | I-Rcv-Conn-Nack | Cleanup | Closed
Wait-Conn-Ack | R-Conn-CER | R-Accept, Process-CER | Wait-Conn-Ack/Elect
Wait-Conn-Ack | Timeout | Error | Closed
Wait-Conn-Ack | Stop | Cleanup | Closed | +
Wait-I-CEA | I-Rcv-CEA | Process-CEA | I-Open
Wait-I-CEA | R-Conn-CER | R-Accept, Process-CER, Elect | Wait-Returns
Wait-I-CEA | I-Peer-Disc | I-Disc | Closed
Wait-I-CEA | I-Rcv-Non-CEA | Error | Closed
Wait-I-CEA | Timeout | Error | Closed
Wait-I-CEA | Stop | Cleanup | Closed | +
Wait-Conn-Ack/Elect | I-Rcv-Conn-Ack | I-Snd-CER, Elect | Wait-Returns
Wait-Conn-Ack/Elect | I-Rcv-Conn-Nack | R-Snd-CEA | R-Open
Wait-Conn-Ack/Elect | R-Peer-Disc | R-Disc | Wait-Conn-Ack
Wait-Conn-Ack/Elect | R-Conn-CER | R-Reject | Wait-Conn-Ack/Elect
Wait-Conn-Ack/Elect | Timeout | Error | Closed
Wait-Conn-Ack/Elect | Stop | Cleanup | Closed | +
Wait-Returns | Win-Election | I-Disc, R-Snd-CEA | R-Open
Wait-Returns | I-Peer-Disc | I-Disc, R-Snd-CEA | R-Open
Wait-Returns | I-Rcv-Non-CEA | I-Disc, R-Snd-CEA | R-Open | +
Wait-Returns | I-Rcv-CEA | R-Disc, Process-CEA | I-Open
Wait-Returns | R-Peer-Disc | R-Disc | Wait-I-CEA
Wait-Returns | R-Conn-CER | R-Reject | Wait-Returns
Wait-Returns | Timeout | Error | Closed
Wait-Returns | Stop | Cleanup | Closed | +
R-Open | Send-Message | R-Snd-Message | R-Open
R-Open | R-Rcv-Message | Process | R-Open
R-Open | R-Rcv-DWR | Process-DWR, R-Snd-DWA | R-Open
R-Open | R-Rcv-DWA | Process-DWA | R-Open
R-Open | R-Conn-CER | R-Reject | R-Open
R-Open | Stop | R-Snd-DPR | Closing
R-Open | R-Rcv-DPR | R-Snd-DPA | Closing
R-Open | R-Peer-Disc | R-Disc | Closed
I-Open | Send-Message | I-Snd-Message | I-Open
I-Open | I-Rcv-Message | Process | I-Open
I-Open | I-Rcv-DWR | Process-DWR, I-Snd-DWA | I-Open
I-Open | I-Rcv-DWA | Process-DWA | I-Open
I-Open | R-Conn-CER | R-Reject | I-Open
I-Open | Stop | I-Snd-DPR | Closing
I-Open | I-Rcv-DPR | I-Snd-DPA | Closing
I-Open | I-Peer-Disc | I-Disc | Closed
Closing | I-Rcv-DPA | I-Disc | Closed
Closing | R-Rcv-DPA | R-Disc | Closed
Closing | Timeout | Error | Closed
Closing | I-Peer-Disc | I-Disc | Closed
Closing | R-Peer-Disc | R-Disc | Closed
Closing | R-Conn-CER | R-Reject | Closing | +
Closing | I-Rcv-DPR | I-Snd-DPA | Closing | +
Closing | R-Rcv-DPR | R-Snd-DPA | Closing | +
`
  .trim()
  .split('\n')
  .map((line) => line.split(' | '))

const wanted = new Map(
  rows.map(([state, event, actions, next]) => [`${state} / ${event}`, `${actions} -> ${next}`]),
)

function seen(state: PeerState, event: PeerEvent): string {
  const { next, actions } = step(state, event)
  return `${actions.join(', ')} -> ${next}`
}

for (const state of peerStates)
  test(`${state}: every event does what RFC 6733 says, and the others nothing`, (t) => {
    for (const event of peerEvents)
      t.is(seen(state, event), wanted.get(`${state} / ${event}`) ?? ` -> ${state}`, event)
  })

test('every row names a state and an event that exist', (t) => {
  t.is(wanted.size, rows.length)
  const pairs = peerStates.flatMap((state) => peerEvents.map((event) => `${state} / ${event}`))
  for (const pair of wanted.keys()) t.true(pairs.includes(pair), pair)
})

test('only I-Open and R-Open are open', (t) => {
  t.deepEqual(peerStates.filter(isOpen), ['R-Open', 'I-Open'])
})

test('the greater identity wins the election, without regard to case', (t) => {
  t.true(winsElection('relay.example.com', 'AAAH.example.org'))
  t.false(winsElection('AAAH.example.org', 'relay.example.com'))
  t.false(winsElection('same.example', 'SAME.example'))
  t.true(winsElection('fa10.example', 'fa1.example'))
})
