import test from 'ava'
import {
  defaultRouter,
  hasDefaultRoute,
  hearsRtnetlink,
  isListening,
  receivedOn,
} from './network-counters.ts'

test('received bytes and packets of one interface', (t) => {
  const devices = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
radio0: 1514000    1000    0    0    0     0          0         0      500       5    0    0    0     0       0          0
`
  t.deepEqual(receivedOn('radio0', devices), { bytes: 1_514_000, packets: 1000 })
  t.deepEqual(receivedOn('radio', devices), { bytes: 0, packets: 0 })
})

test('a listening port, not a connected one', (t) => {
  const sockets = `  sl  local_address rem_address   st tx_queue rx_queue
   0: 00000000:1451 00000000:0000 0A 00000000:00000000 00:00000000
   1: 0B0200C0:1452 0A7100CB:9C40 01 00000000:00000000 00:00000000
`
  t.true(isListening(5201, sockets))
  t.false(isListening(5202, sockets))
})

test('a default route, not any other', (t) => {
  const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n'
  t.false(hasDefaultRoute(`${head}radio0\t0100650A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n`))
  t.true(hasDefaultRoute(`${head}radio0\t00000000\t0165010A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n`))
  t.false(hasDefaultRoute(''))
})

test('the router of the default route', (t) => {
  t.is(defaultRouter('radio0\t00000000\t0165010A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n'), '10.1.101.1')
  t.is(defaultRouter('radio0\t0100650A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n'), undefined)
})

test('a bound monitor of rtnetlink', (t) => {
  const sockets = `sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
0000000000000000 0   4711       00000551 0        0        0     2        0        12345
0000000000000000 0   4712       00000000 0        0        0     2        0        12346
0000000000000000 15  4713       00000001 0        0        0     2        0        12347
`
  t.true(hearsRtnetlink(new Set(['9', '12345']), sockets))
  t.false(hearsRtnetlink(new Set(['12346']), sockets))
  t.false(hearsRtnetlink(new Set(['12347']), sockets))
  t.false(hearsRtnetlink(new Set(), sockets))
})
