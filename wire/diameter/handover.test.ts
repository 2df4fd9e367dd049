import test from 'ava'
import fc from 'fast-check'
import { diameterMessages } from '../golden/diameter-vectors.ts'
import {
  decodeNextVisit,
  decodePreviousVisit,
  encodeNextVisit,
  encodePreviousVisit,
  type Forwarding,
  longestForwardingMilliseconds,
  type PreviousVisit,
} from './handover.ts'
import { decodeMessage, encodeMessage, type Message } from './message.ts'

const anyForwarding: fc.Arbitrary<Forwarding> = fc.record({
  careOfAddress: fc
    .tuple(fc.constantFrom(1, 10, 126, 128, 192, 223), fc.nat(255), fc.nat(255), fc.nat(255))
    .map((bytes) => bytes.join('.')),
  milliseconds: fc.nat(longestForwardingMilliseconds),
})
const name = fc.stringMatching(/^[a-z0-9.;]{1,20}$/)
const anyPrevious: fc.Arbitrary<PreviousVisit> = fc
  .tuple(
    anyForwarding,
    fc.option(fc.record({ sessionId: name, realm: name, host: name }), { nil: undefined }),
  )
  .map(([forwarding, session]) => ({ ...forwarding, ...(session && { session }) }))

const header = {
  command: 'QoS-Install',
  request: true,
  proxiable: true,
  error: false,
  retransmitted: false,
  applicationId: 9,
  hopByHop: 1,
  endToEnd: 2,
} as const

/** Through the bytes of a QoS-Install-Request. */
function travel(visits: object) {
  const message = decodeMessage(
    encodeMessage({
      ...header,
      avps: {
        'Session-Id': 'aaah;1;1',
        'Auth-Application-Id': 9,
        'Origin-Host': 'aaah.home.example',
        'Origin-Realm': 'home.example',
        'Destination-Realm': 'a.example',
        'Auth-Request-Type': 3,
        ...visits,
      },
    }),
  )
  return ordersOf(message)
}

function ordersOf(message: Message) {
  if (message.command !== 'QoS-Install' || !message.request) return {}
  const { 'Previous-Visit': previous, 'Next-Visit': next } = message.avps
  return {
    ...(previous && { previous: decodePreviousVisit(previous) }),
    ...(next && { next: decodeNextVisit(next) }),
  }
}

test('every visit arrives as it left', (t) => {
  fc.assert(
    fc.property(anyPrevious, anyForwarding, (previous, next) => {
      const visits = { 'Previous-Visit': encodePreviousVisit(previous), 'Next-Visit': encodeNextVisit(next) }
      t.deepEqual(travel(visits), { previous, next })
    }),
  )
})

test('the golden messages say what they are for', (t) => {
  const saidBy = (wanted: string) =>
    diameterMessages.flatMap(({ id, bytes }) => (id === wanted ? [ordersOf(decodeMessage(bytes))] : []))
  t.deepEqual(saidBy('dia-qir-provision'), [
    {
      previous: {
        session: { sessionId: 'fa1.a.example;1740830400;1', realm: 'a.example', host: 'fa1.a.example' },
        careOfAddress: '10.1.1.2',
        milliseconds: 2000,
      },
    },
  ])
  t.deepEqual(saidBy('dia-qir-forward'), [{ next: { careOfAddress: '10.1.2.2', milliseconds: 2000 } }])
})

test('what cannot be is refused with 5004', (t) => {
  const visit = { 'Care-of-Address': '10.1.1.2', 'Forwarding-Time': 2000 }
  for (const fault of [
    { 'Care-of-Address': '0.0.0.0' },
    { 'Care-of-Address': '127.0.0.1' },
    { 'Care-of-Address': '224.0.0.1' },
    { 'Care-of-Address': '255.255.255.255' },
    { 'Care-of-Address': '2001:db8::1' },
    { 'Forwarding-Time': longestForwardingMilliseconds + 1 },
  ]) {
    t.like(
      t.throws(() => decodeNextVisit({ ...visit, ...fault })),
      { resultCode: 5004 },
    )
    t.like(
      t.throws(() => decodePreviousVisit({ ...visit, ...fault })),
      { resultCode: 5004 },
    )
  }
  for (const half of [
    { 'Session-Id': 'a;1;1' },
    { 'Destination-Realm': 'a.example', 'Destination-Host': 'a' },
  ])
    t.like(
      t.throws(() => decodePreviousVisit({ ...visit, ...half })),
      { resultCode: 5004 },
    )
})
