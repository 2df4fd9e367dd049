import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { encodeProfileExtension } from '#wire/mobile-ip/profile-extension.ts'
import { FakeDatapath } from '../authorized-session/fake-datapath.ts'
import { atRest } from '../authorized-session/fake-home-server.ts'
import { isProven } from '../route-optimization/binding-message.ts'
import {
  correspondentAgent as address,
  association,
  bronze,
  careOfAddress,
  homeAddress,
  homeAgent,
  otherKey,
  read,
  update,
} from '../route-optimization/fake-peers.ts'
import { network } from '../route-optimization/network.ts'
import { StateStore } from '../state-store/state-store.ts'
import { BindingCache } from './binding-cache.ts'
import { BindingUpdates } from './binding-updates.ts'
import { correspondentAgentState } from './cache-store.ts'

const otherHomeAgent = '192.0.2.2'
const set = `set ${homeAddress} ${address}>${careOfAddress} 4000000`

function staged(file = ':memory:', clock = new ManualClock()) {
  const store = new StateStore(file, clock.now())
  const state = correspondentAgentState(store)
  const datapath = new FakeDatapath()
  const cache = new BindingCache({ address, datapath, state, clock, log: silentLog })
  const networks = [network.parse('192.0.2.0/24')]
  const homeAgents = new Map(
    [homeAgent, otherHomeAgent].map((one) => [one, { address: one, association, networks }]),
  )
  const bound: string[] = []
  const updates = new BindingUpdates({
    ...{ address, homeAgents, cache, maximumBindings: 2, state, clock, log: silentLog },
    bound: (which) => void bound.push(which),
  })
  const receive = (bytes: Buffer, from = homeAgent) => updates.receive(bytes, from)
  const statusOf = async (bytes: Buffer, from = homeAgent) =>
    read(await receive(bytes, from), 'binding-acknowledge').status
  return { clock, store, state, datapath, cache, updates, bound, receive, statusOf }
}

test('an update sets tunnel and class, is acknowledged with its identification, and expires', async (t) => {
  const { receive, datapath, cache, clock, bound } = staged()
  const bytes = update(clock)
  const answer = await receive(bytes)
  const acknowledgment = read(answer, 'binding-acknowledge')
  t.true(answer !== undefined && isProven(answer, acknowledgment, association))
  const { identification } = read(bytes, 'binding-update')
  t.like(acknowledgment, { status: 0, homeAddress, ...(identification !== undefined && { identification }) })
  t.deepEqual(datapath.footprints.get(homeAddress), {
    homeAddress,
    tunnel: { encapsulation: 'ipip', local: address, remote: careOfAddress },
    downlink: bronze.downlink,
    delivery: { via: 'tunnel' },
  })
  t.deepEqual(bound, [homeAddress])
  clock.advance(299_000)
  await atRest()
  t.is(cache.size, 1)
  clock.advance(1000)
  await atRest()
  t.is(cache.size, 0)
  t.deepEqual(datapath.lines, [set, `remove ${homeAddress}`])
})

test('a move and a new profile change what is there; lifetime 0 and the home address end it', async (t) => {
  const { statusOf, datapath, clock, cache } = staged()
  await statusOf(update(clock))
  const silver = { ...bronze, revision: 2, downlink: { ...bronze.downlink, rateBitsPerSecond: 8e6 } }
  await statusOf(update(clock, { extensions: [encodeProfileExtension(silver)] }))
  await statusOf(update(clock, { careOfAddress: '10.1.2.2' }))
  t.deepEqual(datapath.lines, [
    set,
    `set ${homeAddress} ${address}>${careOfAddress} 8000000`,
    `set ${homeAddress} ${address}>10.1.2.2 4000000`,
  ])
  for (const end of [{ lifetimeSeconds: 0 }, { careOfAddress: homeAddress }]) {
    t.is(await statusOf(update(clock, end)), 0)
    t.is(cache.size, 0)
    t.is(await statusOf(update(clock, end)), 0, 'what is not there is gone')
    await statusOf(update(clock))
  }
})

test('without the acknowledge bit nothing is answered', async (t) => {
  const { receive, clock, cache } = staged()
  const flags = { acknowledge: false, identificationPresent: true, minimalEncapsulation: false, gre: false }
  t.is(await receive(update(clock, { flags })), undefined)
  t.is(cache.size, 1)
})

test('updates that are not to be believed change nothing', async (t) => {
  const { receive, statusOf, clock, datapath, cache } = staged()
  const replayed = update(clock)
  await statusOf(replayed)
  const elsewhere = { careOfAddress: '10.6.6.6' }
  const late = update(clock, elsewhere)
  clock.advance(8000)
  const rows: [what: string, bytes: Buffer, status: number][] = [
    ['another key', update(clock, elsewhere, otherKey), 131],
    ['a replay', replayed, 133],
    ['too late', late, 133],
    ['too early', update(new ManualClock(clock.now() + 8000), elsewhere), 133],
    ['another home network', update(clock, { ...elsewhere, homeAddress: '198.51.100.16' }), 129],
  ]
  for (const [what, bytes, status] of rows) t.is(await statusOf(bytes), status, what)
  t.is(await receive(update(clock, elsewhere, otherKey)), undefined, 'a stranger gets one answer a second')
  t.is(await receive(update(clock, elsewhere), '10.6.6.6'), undefined, 'no home agent')
  t.is(await receive(Buffer.of(18, 0)), undefined, 'no message')
  t.deepEqual(datapath.lines, [set])
  t.is(cache.of(homeAddress)?.careOfAddress, careOfAddress)
})

test('what cannot be done is refused, and the former binding goes: packets go by the home agent', async (t) => {
  const gre = { acknowledge: true, identificationPresent: true, minimalEncapsulation: false, gre: true }
  const { value, ...profile } = encodeProfileExtension(bronze)
  const rows: [what: string, changes: Parameters<typeof update>[1], status: number][] = [
    ['GRE', { flags: gre }, 129],
    ['no profile', { extensions: [] }, 134],
    ['half a profile', { extensions: [{ ...profile, value: value.subarray(0, 40) }] }, 134],
    ['a tunnel to this agent', { careOfAddress: address }, 134],
    ['a tunnel into a tunnel', { careOfAddress: '192.0.2.77' }, 134],
    ['no host', { careOfAddress: '224.0.0.1' }, 134],
  ]
  for (const [what, changes, status] of rows) {
    const { statusOf, clock, cache, datapath } = staged()
    await statusOf(update(clock))
    t.is(await statusOf(update(clock, changes)), status, what)
    t.is(cache.size, 0, what)
    t.is(datapath.footprints.size, 0, what)
  }
  const { statusOf, clock, cache, datapath } = staged()
  await statusOf(update(clock))
  datapath.refusal = 'RTNETLINK answers: no'
  t.is(await statusOf(update(clock, { careOfAddress: '10.1.2.2' })), 130)
  t.is(cache.size, 0)
  t.is(datapath.footprints.size, 0)
})

test('more bindings than allowed are refused, those that are there can change', async (t) => {
  const { statusOf, clock } = staged()
  t.is(await statusOf(update(clock)), 0)
  t.is(await statusOf(update(clock, { homeAddress: '192.0.2.12' })), 0)
  t.is(await statusOf(update(clock, { homeAddress: '192.0.2.13' })), 130)
  t.is(await statusOf(update(clock, { careOfAddress: '10.1.2.2' })), 0)
})

test('of two home agents of a network only the one that has the node can end its binding', async (t) => {
  const { statusOf, clock, cache } = staged()
  await statusOf(update(clock))
  t.is(await statusOf(update(clock, { lifetimeSeconds: 0 }), otherHomeAgent), 0)
  t.is(cache.size, 1)
  await statusOf(update(clock, { careOfAddress: '10.1.2.2' }), otherHomeAgent)
  t.is(await statusOf(update(clock, { lifetimeSeconds: 0 })), 0)
  t.like(cache.of(homeAddress), { homeAgent: otherHomeAgent, careOfAddress: '10.1.2.2' })
})

function onDisk(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-ca-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return join(folder, 'ca.sqlite')
}

test('a restart keeps the bindings that the kernel has, with their end, and knows replays', async (t) => {
  const file = onDisk(t)
  const first = staged(file)
  const { clock } = first
  await first.statusOf(update(clock, { homeAddress: '192.0.2.12' }))
  const newest = update(clock)
  await first.statusOf(newest)
  first.store.close()
  const next = staged(file, clock)
  const known = next.state.bindings.entries().map(([, binding]) => binding)
  t.deepEqual(
    known.map((binding) => binding.homeAddress),
    [homeAddress, '192.0.2.12'],
  )
  next.cache.resume(known, (which) => which === homeAddress)
  t.is(next.cache.size, 1)
  t.deepEqual(next.datapath.lines, [], 'nothing that is right is touched')
  t.is(await next.statusOf(newest), 133)
  clock.advance(300_000)
  await atRest()
  t.is(next.cache.size, 0)
  t.deepEqual(next.state.bindings.entries(), [])
})
