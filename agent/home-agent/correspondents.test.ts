import test from 'ava'
import { silentLog } from '#core/log.ts'
import { encodeServiceProfile } from '#wire/diameter/service-profile.ts'
import { decodeProfileExtension } from '#wire/mobile-ip/profile-extension.ts'
import { isProven, sealedMessage } from '../route-optimization/binding-message.ts'
import {
  association,
  bronze,
  careOfAddress,
  correspondentAgent,
  homeAddress,
  newIdentification,
  otherKey,
  read,
  request,
  update,
} from '../route-optimization/fake-peers.ts'
import { network } from '../route-optimization/network.ts'
import { Correspondents } from './correspondents.ts'
import { nai, setUp } from './fake-surroundings.ts'

const lifetimeSeconds = 300

/** A home agent with mn1 at 10.1.1.2, and the correspondent agent's end of the wire. */
function staged() {
  const surroundings = setUp({ changed: (address) => correspondents.changed(address) })
  const { clock, registration, state } = surroundings
  const sent: Buffer[] = []
  const open = () =>
    new Correspondents({
      agents: new Map([
        [
          correspondentAgent,
          {
            address: correspondentAgent,
            association,
            careOfNetworks: [network.parse('10.1.1.2'), network.parse('10.1.2.0/24')],
          },
        ],
      ]),
      lifetimeSeconds,
      bindingOf: (address) => registration.bindings.withHomeAddress(address),
      state,
      send: (bytes) => void sent.push(bytes),
      random32: () => 0,
      clock,
      log: silentLog,
    })
  const correspondents = open()
  const from = { address: correspondentAgent, port: 434 }
  const ask = (about = homeAddress) => correspondents.receive(request(clock, about), from)
  const acknowledge = (bytes: Buffer | undefined, status = 0, key = association) => {
    const { identification, homeAddress: about } = read(bytes, 'binding-update')
    const fields = { status, homeAddress: about, ...(identification !== undefined && { identification }) }
    correspondents.receive(
      sealedMessage({ type: 'binding-acknowledge', ...fields, extensions: [] }, key),
      from,
    )
  }
  /** What has been sent since the last look, in words. */
  const told = () =>
    sent.splice(0).map((bytes) => {
      const message = read(bytes, 'binding-update')
      const profile = decodeProfileExtension(message.extensions)
      return `${message.careOfAddress} ${message.lifetimeSeconds} ${profile?.name ?? 'no profile'} ${profile?.revision ?? ''}`.trim()
    })
  return { ...surroundings, correspondents, open, from, sent, ask, acknowledge, told }
}

test('who asks is told care-of address and profile, and is in the record until its time is over', async (t) => {
  const { bind, ask, sent, acknowledge, told, correspondents, clock, state } = staged()
  await bind()
  t.true(ask())
  const [first] = sent
  const message = read(first, 'binding-update')
  t.true(first !== undefined && isProven(first, message, association))
  t.deepEqual(decodeProfileExtension(message.extensions), bronze)
  t.like(message, { homeAddress, careOfAddress, lifetimeSeconds, flags: { acknowledge: true } })
  acknowledge(first)
  t.like(correspondents.record, [{ agent: correspondentAgent, homeAddress, acknowledged: true }])
  t.is(state.correspondents.entries().length, 1)
  clock.advance(60_000)
  t.is(told().length, 1, 'what is acknowledged is not sent again')
  clock.advance(lifetimeSeconds * 1000)
  t.deepEqual([correspondents.record, told(), state.correspondents.entries()], [[], [], []])
})

test('an update without an answer is sent again after 1, 2 and 4 s, and then every 30 s', async (t) => {
  const { bind, ask, told, clock } = staged()
  await bind()
  ask()
  const at: number[] = []
  for (let second = 0; second <= 70; second++) {
    if (told().length > 0) at.push(second)
    clock.advance(1000)
  }
  t.deepEqual(at, [0, 1, 3, 7, 37, 67])
})

test('a move, a new profile and the end of a binding are told to who is in the record', async (t) => {
  const { bind, ask, sent, acknowledge, told, correspondents, registration } = staged()
  await bind()
  ask()
  acknowledge(sent[0])
  told()
  await bind({ careOfAddress })
  t.deepEqual(told(), [], 'the same registration again is nothing new')
  await bind({ careOfAddress: '10.1.2.2' })
  acknowledge(sent[0])
  t.deepEqual(told(), ['10.1.2.2 300 bronze 1'])

  const binding = registration.bindings.of(nai)
  if (binding) registration.bindings.set({ ...binding, profile: { ...bronze, name: 'gold', revision: 2 } })
  correspondents.changed(homeAddress)
  acknowledge(sent[0])
  t.deepEqual(told(), ['10.1.2.2 300 gold 2'])

  await registration.release(nai, 'DIAMETER_LOGOUT')
  t.deepEqual(correspondents.record.length, 1, 'until it has confirmed that')
  acknowledge(sent[0])
  t.deepEqual(told(), [`${homeAddress} 0 no profile`])
  t.deepEqual(correspondents.record, [])
})

test('an update lives no longer than the registration', async (t) => {
  const { bind, ask, told } = staged()
  await bind({ lifetimeSeconds: 20 })
  ask()
  t.deepEqual(told(), [`${careOfAddress} 20 bronze 1`])
})

test('a node that is nowhere, or where its tunnels are not accepted, is reached by the home agent', async (t) => {
  const { bind, ask, told, sent, acknowledge, correspondents, registration } = staged()
  ask()
  t.deepEqual(told(), [`${homeAddress} 0 no profile`])
  await bind({ careOfAddress: '10.9.9.9' }, encodeServiceProfile(bronze))
  ask()
  t.deepEqual(told(), [`${homeAddress} 0 no profile`])
  t.deepEqual(correspondents.record, [])

  await bind()
  ask()
  acknowledge(sent[0])
  await bind({ careOfAddress: '10.9.9.9' })
  t.deepEqual(told(), [`${careOfAddress} 300 bronze 1`, `${homeAddress} 0 no profile`])

  await bind()
  const binding = registration.bindings.of(nai)
  if (binding) registration.bindings.set({ ...binding, isCoLocated: true })
  told()
  correspondents.changed(homeAddress)
  t.deepEqual(told(), [`${homeAddress} 0 no profile`], 'the node ends its tunnel itself')
})

test('refused is out of the record; not believed is sent again', async (t) => {
  for (const [status, kept] of [
    [129, 0],
    [130, 0],
    [134, 0],
    [131, 1],
    [133, 1],
  ] as const) {
    const { bind, ask, sent, acknowledge, told, correspondents, clock } = staged()
    await bind()
    ask()
    acknowledge(sent[0], status)
    t.is(correspondents.record.length, kept, String(status))
    told()
    clock.advance(1000)
    t.is(told().length, kept, String(status))
  }
})

test('who lies is not listened to', async (t) => {
  const { bind, ask, sent, acknowledge, told, correspondents, from, clock } = staged()
  await bind()
  const replayed = request(clock)
  t.true(correspondents.receive(replayed, from))
  acknowledge(sent[0], 0, otherKey)
  t.false(correspondents.record[0]?.acknowledged, 'an acknowledgment with another key')
  acknowledge(sent[0])
  t.true(correspondents.record[0]?.acknowledged)
  told()
  const late = request(clock)
  clock.advance(8000)
  const liars: [what: string, bytes: Buffer, address: string][] = [
    ['another key', request(clock, homeAddress, otherKey), correspondentAgent],
    ['another SPI', request(clock, homeAddress, { ...association, spi: 4201 }), correspondentAgent],
    ['somebody else', request(clock), '10.3.0.3'],
    ['a replay', replayed, correspondentAgent],
    ['too late', late, correspondentAgent],
    ['an update of its own', update(clock), correspondentAgent],
    ['no proof', request(clock).subarray(0, 16), correspondentAgent],
  ]
  for (const [what, bytes, address] of liars) {
    t.true(correspondents.receive(bytes, { address, port: 434 }), what)
    t.deepEqual(told(), [], what)
  }
  t.false(correspondents.receive(Buffer.of(1, 2, 3), from), 'no message of route optimization')
  ask()
  t.is(told().length, 1)
})

test('an acknowledgment of what was not sent, or of another node, changes nothing', async (t) => {
  const { bind, ask, correspondents, from, clock } = staged()
  await bind()
  ask()
  const stray = (about: string) =>
    sealedMessage(
      {
        type: 'binding-acknowledge',
        status: 129,
        homeAddress: about,
        identification: newIdentification(clock),
        extensions: [],
      },
      association,
    )
  for (const about of [homeAddress, '192.0.2.99']) correspondents.receive(stray(about), from)
  t.like(correspondents.record, [{ homeAddress, acknowledged: false }])
})

test('after a restart everybody in the record is told anew, and what was over is forgotten', async (t) => {
  const { bind, ask, sent, acknowledge, told, correspondents, open, state, clock } = staged()
  await bind()
  ask()
  acknowledge(sent[0])
  correspondents.close()
  told()
  clock.advance(1000)
  const next = open()
  next.resume()
  t.deepEqual(told(), [`${careOfAddress} 299 bronze 1`])
  next.close()
  clock.advance(lifetimeSeconds * 1000)
  const last = open()
  last.resume()
  state.commit()
  t.deepEqual([last.record, state.correspondents.entries()], [[], []])
})
