import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { atRest } from '../authorized-session/fake-home-server.ts'
import { type AgentAssociation, AgentAssociations } from './agent-association.ts'
import { isLater, revocationSupport, revocationTimestamp } from './revocation-support.ts'
import {
  type Endpoint,
  type RevocableRegistration,
  Revocations,
  type RevokedRegistration,
} from './revocations.ts'

const homeAgent = '192.0.2.1'
const foreignAgent = '10.1.1.2'
const key = Buffer.alloc(20, 5)
const towards = (spi: number) => ({ spi, key, algorithm: 'hmac-sha1' }) as const

/** A home agent and a foreign agent, and what is on the wire between them until it is delivered. */
function setUp() {
  const clock = new ManualClock()
  const wire: { from: Endpoint; to: Endpoint; bytes: Buffer }[] = []
  const held = new Map<string, RevokedRegistration>()
  const ended: string[] = []
  const agent = (
    role: 'home-agent' | 'foreign-agent',
    own: string,
    other: string,
    association: AgentAssociation,
  ) => {
    const associations = new AgentAssociations(clock)
    associations.add(other, association)
    return new Revocations({
      role,
      associations,
      send: (bytes, to) => void wire.push({ from: { address: own, port: 434 }, to, bytes }),
      find: ({ homeAddress }) => held.get(homeAddress),
      clock,
      log: silentLog,
    })
  }
  const expiresAtMilliseconds = Number.POSITIVE_INFINITY
  const atHome = { incoming: towards(1001), outgoing: towards(1002), expiresAtMilliseconds }
  const atForeign = { incoming: towards(1002), outgoing: towards(1001), expiresAtMilliseconds }
  const home = agent('home-agent', homeAgent, foreignAgent, atHome)
  const foreign = agent('foreign-agent', foreignAgent, homeAgent, atForeign)
  const symmetric = () => {
    const association = { incoming: towards(1000), outgoing: towards(1000), expiresAtMilliseconds }
    return { home: agent('home-agent', homeAgent, foreignAgent, association), association }
  }
  const hold = (homeAddress: string, inform: boolean) =>
    held.set(homeAddress, {
      timestampSeconds: revocationTimestamp(clock.now()),
      async end() {
        ended.push(homeAddress)
        held.delete(homeAddress)
        return { inform }
      },
    })
  const deliver = async (change: (bytes: Buffer) => Buffer = (bytes) => bytes) => {
    const next = wire.shift()
    if (!next) return false
    const receiver = next.to.address === homeAgent ? home : foreign
    const taken = receiver.receive(change(next.bytes), next.from)
    await atRest()
    return taken
  }
  const registration: RevocableRegistration = {
    homeAddress: '192.0.2.11',
    homeDomainAddress: homeAgent,
    foreignDomainAddress: foreignAgent,
    inform: true,
    association: atHome,
    expiresAtMilliseconds: clock.now() + 600_000,
  }
  return { clock, wire, ended, home, foreign, hold, deliver, registration, atForeign, symmetric }
}

test('a revocation ends the registration, and its acknowledgment stops the repetition', async (t) => {
  const { clock, wire, ended, home, hold, deliver, registration } = setUp()
  hold('192.0.2.11', true)
  clock.advance(1000)
  home.revoke(registration)
  t.true(await deliver())
  t.deepEqual(ended, ['192.0.2.11'])
  t.true(await deliver())
  t.is(home.pending, 0)
  clock.advance(600_000)
  t.deepEqual(wire, [])
})

test('without an acknowledgment it is repeated after pauses that double, each time with a later identifier, and then no more', (t) => {
  const { clock, wire, home, registration } = setUp()
  home.revoke(registration)
  const at: number[] = []
  const identifiers: number[] = []
  for (let second = 0; second < 300; second++) {
    for (const { bytes } of wire.splice(0)) {
      at.push(second)
      identifiers.push(bytes.readUInt32BE(16))
    }
    clock.advance(1000)
  }
  t.deepEqual(at, [0, 1, 3, 7, 15, 31, 63])
  t.deepEqual([...new Set(identifiers)].sort(), identifiers)
  t.is(home.pending, 0)
})

test('nothing is sent after the natural end of the registration', (t) => {
  const { clock, wire, home, registration } = setUp()
  home.revoke({ ...registration, expiresAtMilliseconds: clock.now() + 2500 })
  clock.advance(600_000)
  t.is(wire.length, 2)
  t.is(home.pending, 0)
})

test('what has ended already is acknowledged again: the first acknowledgment was lost', async (t) => {
  const { clock, wire, ended, home, hold, deliver, registration } = setUp()
  hold('192.0.2.11', false)
  clock.advance(1000)
  home.revoke(registration)
  await deliver()
  wire.length = 0
  clock.advance(1000)
  await deliver()
  await deliver()
  t.is(home.pending, 0)
  t.deepEqual(ended, ['192.0.2.11'])
})

test('a foreign agent revokes in the same way', async (t) => {
  const { clock, ended, foreign, hold, deliver, registration, atForeign } = setUp()
  hold('192.0.2.11', true)
  clock.advance(1000)
  foreign.revoke({ ...registration, association: atForeign })
  await deliver()
  await deliver()
  t.deepEqual(ended, ['192.0.2.11'])
  t.is(foreign.pending, 0)
})

test('a forged, replayed, reflected or foreign revocation changes nothing and gets no answer', async (t) => {
  const { clock, wire, ended, home, foreign, hold, deliver, registration } = setUp()
  clock.advance(1000)
  home.revoke(registration)
  const [{ bytes } = { bytes: Buffer.alloc(0) }] = wire.splice(0)
  clock.advance(500)
  hold('192.0.2.11', true)
  const from = { address: homeAgent, port: 434 }
  const forged = Buffer.from(bytes)
  forged.writeUInt8(forged.readUInt8(forged.length - 1) ^ 1, forged.length - 1)
  // The second was made in the same second as the registration, which is not later.
  const attempts: [Revocations, Buffer, Endpoint][] = [
    [foreign, forged, from],
    [foreign, bytes, from],
    [foreign, bytes, { ...from, address: '10.9.9.9' }],
    [home, bytes, { ...from, address: foreignAgent }],
  ]
  for (const [agent, datagram, sender] of attempts) {
    t.true(agent.receive(datagram, sender))
    await atRest()
  }
  t.deepEqual(ended, [])
  t.deepEqual(wire, [])
  t.false(await deliver())
})

test('one’s own revocation, sent back by whoever has heard it, ends nothing, even where one SPI serves both directions', async (t) => {
  const { clock, wire, ended, hold, registration, symmetric } = setUp()
  hold('192.0.2.11', true)
  clock.advance(1000)
  const { home, association } = symmetric()
  home.revoke({ ...registration, association })
  const [sent] = wire.splice(0)
  if (!sent) return t.fail()
  t.true(home.receive(sent.bytes, { address: foreignAgent, port: 434 }))
  await atRest()
  t.deepEqual(ended, [])
  t.deepEqual(wire, [])
})

test('a forged acknowledgment does not stop the repetition', async (t) => {
  const { clock, wire, home, deliver, registration } = setUp()
  home.revoke(registration)
  await deliver()
  t.true(await deliver((bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.of(0)])))
  t.is(home.pending, 1)
  clock.advance(1000)
  t.is(wire.length, 1)
})

test('other messages are left to others', (t) => {
  const { home } = setUp()
  t.false(home.receive(Buffer.of(3, 0), { address: foreignAgent, port: 434 }))
  t.false(home.receive(Buffer.alloc(0), { address: foreignAgent, port: 434 }))
})

test('the association of a message is found by its SPI until it expires; their number is bounded', (t) => {
  const clock = new ManualClock()
  const associations = new AgentAssociations(clock)
  const add = (spi: number, lifetimeMilliseconds: number) =>
    associations.add(foreignAgent, {
      incoming: towards(spi),
      outgoing: towards(spi + 1),
      expiresAtMilliseconds: clock.now() + lifetimeMilliseconds,
    })
  add(300, 1000)
  add(400, 5000)
  t.is(associations.of(foreignAgent)?.incoming.spi, 400)
  t.is(associations.withIncomingSpi(foreignAgent, 300)?.outgoing.spi, 301)
  clock.advance(1000)
  t.is(associations.withIncomingSpi(foreignAgent, 300), undefined)
  for (let spi = 500; spi < 600; spi++) add(spi, 5000)
  t.is(associations.withIncomingSpi(foreignAgent, 400), undefined)
  t.is(associations.withIncomingSpi(foreignAgent, 599)?.outgoing.spi, 600)
  clock.advance(5000)
  t.is(associations.of(foreignAgent), undefined)
})

test('timestamps are compared over the overflow of 2036', (t) => {
  t.true(isLater(5, 0xffff_fff0))
  t.false(isLater(0xffff_fff0, 5))
  t.false(isLater(7, 7))
  t.is(revocationSupport(Date.UTC(2036, 1, 7, 6, 28, 16), true).timestampSeconds, 0)
})
