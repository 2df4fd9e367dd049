import test from 'ava'
import fc from 'fast-check'
import { decodeMessage, encodeMessage } from './message.ts'
import { decodeNetworkReport, encodeNetworkReport, type NetworkReport } from './network-report.ts'

const anyReport: fc.Arbitrary<NetworkReport> = fc.record({
  linkName: fc.string({ minLength: 1, maxLength: 15 }),
  up: fc.boolean(),
  utilization: fc.float({ min: 0, max: 2, noNaN: true }),
  dropsPerSecond: fc.float({ min: 0, noNaN: true, noDefaultInfinity: true }),
  atSeconds: fc.integer({ min: 0, max: 2 ** 31 }),
})

/** Through the bytes of an Accounting-Request. */
function travel(report: NetworkReport): NetworkReport | undefined {
  const bytes = encodeMessage({
    command: 'Accounting',
    request: true,
    proxiable: true,
    error: false,
    retransmitted: false,
    applicationId: 2,
    hopByHop: 1,
    endToEnd: 2,
    avps: {
      'Session-Id': 'fa1.a.example;1;1',
      'Origin-Host': 'fa1.a.example',
      'Origin-Realm': 'a.example',
      'Destination-Realm': 'home.example',
      'Accounting-Record-Type': 1,
      'Accounting-Record-Number': 0,
      'Network-Report': encodeNetworkReport(report),
    },
  })
  const message = decodeMessage(bytes)
  const held =
    message.command === 'Accounting' && message.request ? message.avps['Network-Report'] : undefined
  return held && decodeNetworkReport(held)
}

test('every report arrives as it left', (t) => {
  fc.assert(fc.property(anyReport, (report) => t.deepEqual(travel(report), report)))
})

test('what cannot be is refused with 5004', (t) => {
  const report = encodeNetworkReport({
    linkName: 'access',
    up: true,
    utilization: 0.5,
    dropsPerSecond: 0,
    atSeconds: 1,
  })
  for (const fault of [
    { 'Link-Name': '' },
    { 'Link-Up': 2 },
    { 'Link-Utilization': Number.NaN },
    { 'Link-Utilization': -1 },
    { 'Drops-Per-Second': Number.POSITIVE_INFINITY },
  ])
    t.like(
      t.throws(() => decodeNetworkReport({ ...report, ...fault })),
      { resultCode: 5004 },
    )
})
