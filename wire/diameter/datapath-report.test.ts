import test from 'ava'
import fc from 'fast-check'
import { type DatapathReport, decodeDatapathReport, encodeDatapathReport } from './datapath-report.ts'
import { decodeMessage, encodeMessage } from './message.ts'

const number = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const link = fc.stringMatching(/^\w[\w.:-]{0,14}$/)
const anyReport: fc.Arbitrary<DatapathReport> = fc.record({
  tunnels: fc.array(
    fc.record(
      {
        interface: link,
        encapsulation: fc.constantFrom('ipip' as const, 'gre' as const),
        remote: fc.ipV4(),
        key: number,
      },
      { requiredKeys: ['interface', 'encapsulation', 'remote'] },
    ),
    { maxLength: 4 },
  ),
  classes: fc.array(
    fc.record(
      { name: fc.stringMatching(/^flow\/[\wä ]{1,90}$/), interface: link, classId: number, mark: number },
      { requiredKeys: ['name', 'interface', 'classId'] },
    ),
    { maxLength: 20 },
  ),
})

/** The bytes of a QoS-Install-Answer. */
function answer(report: DatapathReport): Buffer {
  return encodeMessage({
    command: 'QoS-Install',
    request: false,
    proxiable: true,
    error: false,
    retransmitted: false,
    applicationId: 9,
    hopByHop: 1,
    endToEnd: 2,
    avps: {
      'Session-Id': 'aaah;1;1',
      'Auth-Application-Id': 9,
      'Origin-Host': 'ha.home.example',
      'Origin-Realm': 'home.example',
      'Result-Code': 2001,
      'Datapath-Report': encodeDatapathReport(report),
    },
  })
}

test('every report arrives as it left', (t) => {
  fc.assert(
    fc.property(anyReport, (report) => {
      const message = decodeMessage(answer(report))
      const held =
        message.command === 'QoS-Install' && !message.request ? message.avps['Datapath-Report'] : undefined
      t.deepEqual(held && decodeDatapathReport(held), report)
    }),
  )
})

const report: DatapathReport = {
  tunnels: [{ interface: 'sj-iCgEBAsAAAgE', encapsulation: 'gre', remote: '10.1.1.2', key: 7 }],
  classes: [{ name: 'downlink', interface: 'core0', classId: 0x4400_0001, mark: 0x4400_0001 }],
}

/** RFC 6733, section 4.1: code, flags V, length, vendor 32473 (0x7ed9), then data in multiples of four octets. */
const golden = [
  ['0000000d 80 0000bc 00007ed9', 'Datapath-Report'],
  ['0000000e 80 00005c 00007ed9', 'Tunnel-Report'],
  ['00000009 80 00001b 00007ed9 736a2d69436745424173414141674500', 'Link-Name, a byte of padding'],
  ['0000000f 80 000010 00007ed9 0000002f', 'Tunnel-Encapsulation GRE'],
  ['00000010 80 000012 00007ed9 0001 0a010102 0000', 'Tunnel-Remote, family IPv4'],
  ['00000011 80 000010 00007ed9 00000007', 'Tunnel-Key'],
  ['00000012 80 000054 00007ed9', 'Class-Report'],
  ['00000013 80 000014 00007ed9 646f776e6c696e6b', 'Class-Name'],
  ['00000018 80 000010 00007ed9 44000001 00000019 80 000010 00007ed9 44000001', 'Class-Id, Packet-Mark'],
] as const
test('the bytes of a report', (t) => {
  const hex = answer(report).toString('hex')
  for (const [bytes, what] of golden) t.true(hex.includes(bytes.replaceAll(' ', '')), `${what}: ${hex}`)
})

for (const [what, change] of [
  ['a name that a shell would take for more', { interface: 'eth0;reboot' }],
  ['a name that is an option', { interface: '-h' }],
  ['a name longer than the kernel allows', { interface: 'a'.repeat(16) }],
  ['control characters', { name: 'flow/\u001b[2J' }],
  ['no name', { name: '' }],
] as const)
  test(`refused with 5004: ${what}`, (t) => {
    const classes = report.classes.map((entry) => ({ ...entry, ...change }))
    t.like(
      t.throws(() => decodeDatapathReport(encodeDatapathReport({ ...report, classes }))),
      { resultCode: 5004 },
    )
  })

test('refused with 5004: an unknown tunnel, and more than there can be', (t) => {
  const avps = encodeDatapathReport(report)
  const tunnels = avps['Tunnel-Report']?.map((tunnel) => ({ ...tunnel, 'Tunnel-Encapsulation': 41 })) ?? []
  for (const fault of [
    { 'Tunnel-Report': tunnels },
    { 'Class-Report': Array.from({ length: 200 }, () => (avps['Class-Report'] ?? [])[0]).filter((x) => !!x) },
  ])
    t.like(
      t.throws(() => decodeDatapathReport({ ...avps, ...fault })),
      { resultCode: 5004 },
    )
})
