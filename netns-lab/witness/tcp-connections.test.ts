import test from 'ava'
import { tcpConnections } from './tcp-connections.ts'

const text = `1700000000.100000 IP 203.0.113.10.40000 > 192.0.2.11.5201: Flags [S], seq 1, win 64240, options [mss 1460], length 0
1700000000.100100 IP 192.0.2.11.5201 > 203.0.113.10.40000: Flags [S.], seq 2, ack 2, win 65160, length 0
1700000000.200000 IP 203.0.113.10.40002 > 192.0.2.11.5201: Flags [S], seq 3, win 64240, length 0
1700000000.300000 IP 203.0.113.10.40004 > 192.0.2.12.5201: Flags [S], seq 4, win 64240, length 0
1700000009.000000 IP 192.0.2.11.5201 > 203.0.113.10.40002: Flags [R.], seq 5, ack 6, win 0, length 0
`

test('connections and resets of one address', (t) => {
  t.deepEqual(tcpConnections(text, '192.0.2.11'), {
    openedMilliseconds: [1_700_000_000_100, 1_700_000_000_200],
    resetMilliseconds: [1_700_000_009_000],
  })
  t.deepEqual(tcpConnections(text, '192.0.2.12'), {
    openedMilliseconds: [1_700_000_000_300],
    resetMilliseconds: [],
  })
  t.deepEqual(tcpConnections('', '192.0.2.12'), { openedMilliseconds: [], resetMilliseconds: [] })
})
