import test from 'ava'
import { LabError } from '../lab-error.ts'
import { parseIperf3 } from './iperf3.ts'

const sum = (start: number, bytes: number) => ({
  start,
  end: start + 0.25,
  seconds: 0.25,
  bytes,
  bits_per_second: bytes * 32,
})

test('TCP sender: path MTU of the last interval, retransmissions', (t) => {
  const report = parseIperf3(
    JSON.stringify({
      intervals: [
        { sum: sum(0, 1000), streams: [{ pmtu: 1500 }] },
        { sum: sum(0.25, 2000), streams: [{ pmtu: 1480 }] },
      ],
      end: { sum_sent: { retransmits: 3 }, sum_received: {} },
    }),
  )
  t.deepEqual(report, {
    error: undefined,
    intervals: [
      { startSeconds: 0, endSeconds: 0.25, bytes: 1000 },
      { startSeconds: 0.25, endSeconds: 0.5, bytes: 2000 },
    ],
    pathMtu: 1480,
    retransmits: 3,
    datagrams: undefined,
  })
})

test('UDP receiver: counted and lost datagrams', (t) => {
  const report = parseIperf3(
    JSON.stringify({
      intervals: [{ sum: sum(0, 6500), streams: [{}] }],
      end: { sum: { packets: 1015, lost_packets: 2, jitter_ms: 0.1 }, sum_sent: { packets: 0 } },
    }),
  )
  t.deepEqual(report.datagrams, { counted: 1015, lost: 2 })
})

test('a failed run keeps its error and needs nothing else', (t) => {
  const report = parseIperf3(
    '{"start": {}, "intervals": [], "end": {}, "error": "unable to connect to server"}',
  )
  t.is(report.error, 'unable to connect to server')
  t.deepEqual(report.intervals, [])
})

test('what is not a report of iperf3 is refused', (t) => {
  for (const text of ['', 'iperf3: error', '{"intervals": 7}'])
    t.throws(() => parseIperf3(text), { instanceOf: LabError, code: 'lab/command' })
})

test('an empty last interval is no interval', (t) => {
  const report = parseIperf3(
    JSON.stringify({ intervals: [{ sum: { start: 1, end: 1, seconds: 0, bytes: 0 }, streams: [] }] }),
  )
  t.deepEqual(report.intervals, [])
})
