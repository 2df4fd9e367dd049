import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { ManualClock } from '#core/clock.ts'
import { timestampIdentification } from '#wire/mobile-ip/identification.ts'
import { atRest } from '../authorized-session/fake-home-server.ts'
import { StateError } from '../state-store/state-error.ts'
import { StateStore } from '../state-store/state-store.ts'
import { homeAgentState } from './binding-store.ts'
import { foreignAgentKey, nai, read, setUp } from './fake-surroundings.ts'

/** A home agent, and what kills it and starts the next one: nothing but the disk is left. */
function onDisk(t: ExecutionContext) {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-ha-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const before = { file: join(folder, 'ha.sqlite'), clock: new ManualClock() }
  const first = setUp({}, undefined, before)
  const restart = ({ store }: typeof first) => {
    store.close()
    before.clock.advance(1000)
    return setUp({}, undefined, before)
  }
  return { first, restart }
}

const agentKey = {
  'MIP-HA-to-FA-SPI': 7001,
  'MIP-Algorithm-Type': 2,
  'MIP-Session-Key': foreignAgentKey,
}
const otherAgent = { careOfAddress: '10.1.2.2', flags: { simultaneousBindings: true } }

test('a restart keeps bindings with all care-of addresses, profiles, sessions and keys', async (t) => {
  const { first, restart } = onDisk(t)
  await first.bind()
  const key = await first.bind(otherAgent, { 'MIP-HA-to-FA-MSA': agentKey })
  const before = first.registration.bindings.of(nai)
  t.is(before?.careOf.length, 2)

  const next = restart(first)
  t.deepEqual(next.registration.bindings.of(nai), before)
  t.is(next.store.originStateId, first.store.originStateId)
  next.registration.resume(() => true)
  t.deepEqual(next.datapath.lines, [])
  t.is(next.associations.of('10.1.2.2')?.outgoing.spi, 7001)

  // The keys that the node has hold; so does the clock of its lifetime.
  next.clock.advance(500_000)
  const again = await next.toAgent(next.sealed({ careOfAddress: '10.1.2.2' }, key))
  t.like(read(again), { sealed: true, code: 0 })
  await atRest()
  t.deepEqual(next.diameter.sent('Session-Termination'), [])
})

test('a request from before a restart binds nobody, nor after a deregistration', async (t) => {
  const { first, restart } = onDisk(t)
  const seconds = timestampIdentification(first.clock.now(), 5)
  const old = first.proven({}, { identification: seconds })
  t.is(read((await first.fromServer(old))['MIP-Reg-Reply']).code, 0)
  const second = restart(first)
  t.is(read((await second.fromServer(old))['MIP-Reg-Reply']).code, 133)

  const key = await second.bind()
  const away = second.sealed({ lifetimeSeconds: 0, careOfAddress: '192.0.2.11' }, key)
  t.is(read(await second.toAgent(away)).code, 0)
  const third = restart(second)
  t.is(third.registration.bindings.of(nai), undefined)
  t.is(read((await third.fromServer(old))['MIP-Reg-Reply']).code, 133)
  // The reply may have been lost with the process: the node asks again.
  const farewell = third.sealed({ lifetimeSeconds: 0, careOfAddress: '192.0.2.11' }, key)
  t.is(read(await third.toAgent(farewell)).code, 0)
})

test('what ended during the restart ends at its start, and the home server is told', async (t) => {
  const { first, restart } = onDisk(t)
  await first.bind()
  first.clock.advance(601_000)
  const next = restart(first)
  next.registration.resume(() => false)
  next.clock.advance(0)
  await atRest()
  t.is(next.registration.bindings.of(nai), undefined)
  t.like(next.diameter.sent('Session-Termination'), [{ 'Session-Id': 'aaah;1;2', 'Termination-Cause': 8 }])
  t.is(restart(next).registration.bindings.of(nai), undefined)
})

test('one care-of address that ended meanwhile goes, the others stay', async (t) => {
  const { first, restart } = onDisk(t)
  await first.bind({ lifetimeSeconds: 60 })
  await first.bind({ ...otherAgent, lifetimeSeconds: 600 })
  first.clock.advance(61_000)
  const next = restart(first)
  next.registration.resume(() => true)
  next.clock.advance(0)
  await atRest()
  t.deepEqual(
    next.registration.bindings.of(nai)?.careOf.map(({ careOfAddress }) => careOfAddress),
    ['10.1.2.2'],
  )
})

test('a binding that the kernel cannot be given back ends', async (t) => {
  const { first, restart } = onDisk(t)
  await first.bind()
  const next = restart(first)
  next.registration.resume(() => false)
  await atRest()
  t.is(next.registration.bindings.of(nai), undefined)
  t.is(next.diameter.sent('Session-Termination').length, 1)
})

test('a disk that takes nothing: 130, and kernel and list are as before', async (t) => {
  let isFull = true
  const state = homeAgentState(new StateStore(':memory:', 0))
  const commit = () => {
    if (isFull) throw new StateError('state/unwritable', 'the disk is full')
    state.commit()
  }
  const agent = setUp({ state: { ...state, commit } })
  const { registration, datapath, proven, fromServer } = agent
  const register = async (changes: Parameters<typeof proven>[0] = {}) =>
    read((await fromServer(proven(changes)))['MIP-Reg-Reply']).code
  t.is(await register(), 130)
  t.is(registration.bindings.of(nai), undefined)
  t.is(datapath.footprints.size, 0)
  isFull = false
  t.is(await register(), 0)
  const held = [registration.bindings.of(nai), datapath.footprints.get(nai)]
  isFull = true
  t.is(await register({ careOfAddress: '10.1.2.2' }), 130)
  t.deepEqual([registration.bindings.of(nai), datapath.footprints.get(nai)], held)
  // What ends, ends nevertheless, and is written when there is room.
  await registration.release(nai, 'DIAMETER_ADMINISTRATIVE')
  t.is(datapath.footprints.size, 0)
  t.is(state.bindings.entries().length, 1)
  isFull = false
  t.is(await register(), 0)
  t.is(state.bindings.entries().length, 1)
})
