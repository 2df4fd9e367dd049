import test from 'ava'
import fc from 'fast-check'
import { decodeMessage, encodeMessage } from './message.ts'
import {
  decodeTranslationReport,
  encodeTranslationReport,
  mostReported,
  type TranslationReport,
} from './translation-report.ts'

const port = fc.integer({ min: 0, max: 65_535 })
const anyReport: fc.Arbitrary<TranslationReport> = fc.record(
  {
    homeAddress: fc.ipV4(),
    pool: fc.string({ maxLength: 15 }),
    poolUsed: fc.float({ min: 0, max: 1, noNaN: true }),
    addresses: fc.array(fc.record({ inside: fc.ipV4(), outside: fc.ipV4() }), { maxLength: 3 }),
    mappings: fc.array(
      fc.record({
        protocol: fc.integer({ min: 0, max: 255 }),
        insidePort: port,
        outsideAddress: fc.ipV4(),
        outsidePort: port,
      }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ['homeAddress', 'poolUsed', 'addresses', 'mappings'], noNullPrototype: true },
)

/** Through the bytes of an Accounting-Request. */
function travel(report: TranslationReport): TranslationReport | undefined {
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
      'Session-Id': 'nat.home.example;1;1',
      'Origin-Host': 'nat.home.example',
      'Origin-Realm': 'home.example',
      'Destination-Realm': 'home.example',
      'Accounting-Record-Type': 1,
      'Accounting-Record-Number': 0,
      'Translation-Report': encodeTranslationReport(report),
    },
  })
  const message = decodeMessage(bytes)
  const held =
    message.command === 'Accounting' && message.request ? message.avps['Translation-Report'] : undefined
  return held && decodeTranslationReport(held)
}

test('every report arrives as it left', (t) => {
  fc.assert(fc.property(anyReport, (report) => t.deepEqual(travel(report), report)))
})

test('what cannot be is refused with 5004', (t) => {
  const mapping = { protocol: 17, insidePort: 5004, outsideAddress: '198.51.100.1', outsidePort: 40_000 }
  const report: TranslationReport = {
    homeAddress: '192.0.2.11',
    poolUsed: 0.5,
    addresses: [],
    mappings: [mapping],
  }
  const faults: Partial<TranslationReport>[] = [
    { homeAddress: '2001:db8::1' },
    { poolUsed: Number.NaN },
    { poolUsed: 1.5 },
    { poolUsed: -1 },
    { addresses: [{ inside: '192.0.2.11', outside: '2001:db8::1' }] },
    { mappings: [{ ...mapping, protocol: 256 }] },
    { mappings: [{ ...mapping, outsidePort: 65_536 }] },
    { mappings: Array.from({ length: mostReported + 1 }, () => mapping) },
  ]
  for (const fault of faults)
    t.like(
      t.throws(() => decodeTranslationReport(encodeTranslationReport({ ...report, ...fault }))),
      { resultCode: 5004 },
    )
})
