import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { ManualClock } from '#core/clock.ts'
import { atRest } from '../authorized-session/fake-home-server.ts'
import { StateError } from '../state-store/state-error.ts'
import { StateStore } from '../state-store/state-store.ts'
import { aaa, asked, bronze, granted, home, nai, type Stage, stageAgent } from './staged-agent.ts'
import { visitFootprint } from './visit-footprint.ts'

const place = { careOfAddress: '10.1.1.2', accessInterface: 'access' }

/** Agents one after the other on one disk. Each kernel is the former one's, unless the host was booted. */
function onDisk(t: ExecutionContext) {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-fa-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'fa.sqlite')
  const clock = new ManualClock()
  const stage: Stage = { clock, recordsFile: join(folder, 'records.sqlite') }
  let store = new StateStore(file, clock.now())
  let former: ReturnType<typeof stageAgent> | undefined
  const start = ({ booted = false }: { booted?: boolean } = {}) => {
    if (former) {
      // As after kill -9: no timer of it fires any more.
      void former.visits.close()
      store.close()
      store = new StateStore(file, clock.now())
    }
    const kernel = booted ? undefined : former?.datapath
    const agent = stageAgent({ ...stage, store, ...(kernel && { kernel }) })
    const stored = agent.state.visitors.entries().map(([, visitor]) => visitor)
    const datapath = kernel ?? agent.datapath
    const go = async (isServed = true) => {
      if (booted)
        for (const visitor of stored)
          await datapath.set(visitor.nai, visitFootprint(place, visitor, visitor.profile))
      agent.visits.resume(stored, () => isServed)
      await atRest()
    }
    former = { ...agent, datapath }
    return { ...former, stored, go }
  }
  return { start, clock }
}

const count = (agent: ReturnType<typeof stageAgent>, bytes: bigint, sent = 0n) =>
  agent.datapath.counted.set(nai, {
    bytes,
    packets: bytes / 100n,
    drops: 0n,
    uplink: { bytes: sent, packets: sent / 100n },
    formerUplink: { bytes: 0n, packets: 0n },
  })

const records = ({ diameter }: ReturnType<typeof stageAgent>) =>
  diameter
    .sent('Accounting')
    .map((avps) => [
      avps['Accounting-Record-Type'],
      avps['Accounting-Record-Number'],
      avps['Accounting-Output-Octets'],
      avps['Accounting-Input-Octets'],
    ])
const type = { start: 2, interim: 3, stop: 4 }

test('a restart keeps a visitor with its profile, session and keys, and the kernel is not asked for anything', async (t) => {
  const { start } = onDisk(t)
  const first = start()
  await first.intake.receive(asked())
  const before = first.state.visitors.entries()
  t.is(before.length, 1)
  const lines = first.datapath.lines.length
  const next = start()
  await next.go()
  t.deepEqual(next.state.visitors.entries(), before)
  t.like(next.visits.visitors.of(nai), { homeAddress: '192.0.2.11', profile: bronze })
  t.is(next.datapath.lines.length, lines)
  next.homeAgentSays(0, 600)
  await next.intake.receive(asked({ identification: 2n, extensions: [home] }))
  t.like(next.replies, [{ code: 0, lifetimeSeconds: 600 }])
})

test('usage goes on: nothing is counted twice and nothing is left out', async (t) => {
  const { start, clock } = onDisk(t)
  const first = start()
  await first.intake.receive(asked())
  await atRest()
  count(first, 1000n, 500n)
  clock.advance(10_000)
  await atRest()
  t.deepEqual(records(first).slice(1), [[type.interim, 1, 1000n, 500n]])

  count(first, 3000n, 600n)
  const next = start()
  await next.go()
  clock.advance(10_000)
  await atRest()
  t.deepEqual(records(next), [[type.interim, 2, 3000n, 600n]])

  // The host is booted: the kernel begins at zero.
  const booted = start({ booted: true })
  await booted.go()
  count(booted, 50n, 5n)
  clock.advance(10_000)
  await atRest()
  t.deepEqual(records(booted), [[type.interim, 3, 3050n, 605n]])
  const again = start()
  await again.go()
  count(again, 80n, 7n)
  await again.visits.release(nai, 'DIAMETER_ADMINISTRATIVE')
  await atRest()
  t.deepEqual(records(again), [[type.stop, 4, 3080n, 607n]])
  t.deepEqual(again.state.visitors.entries(), [])
})

test('a visitor whose time ended during the restart leaves at its start: stop record, end of the session', async (t) => {
  const { start, clock } = onDisk(t)
  const first = start()
  await first.intake.receive(asked())
  await atRest()
  count(first, 900n)
  clock.advance(9000)
  await first.visits.close()
  clock.advance(700_000)
  const next = start()
  await next.go()
  clock.advance(0)
  await atRest()
  t.is(next.visits.visitors.of(nai), undefined)
  t.deepEqual(records(next), [[type.stop, 1, 900n, 0n]])
  t.like(next.diameter.sent('Session-Termination'), [{ 'Termination-Cause': 8 }])
})

test('a visitor that the kernel cannot be given back leaves', async (t) => {
  const { start } = onDisk(t)
  await start().intake.receive(asked())
  const next = start()
  await next.go(false)
  await atRest()
  t.is(next.visits.visitors.size, 0)
  t.is(next.diameter.sent('Session-Termination').length, 1)
})

test('keys with home agents and who speaks for them stay', (t) => {
  const { start, clock } = onDisk(t)
  const oneWay = { spi: 700, key: Buffer.alloc(20, 1), algorithm: 'hmac-sha1' } as const
  const association = { incoming: oneWay, outgoing: oneWay, expiresAtMilliseconds: clock.now() + 60_000 }
  const first = start()
  t.true(first.homeAgentKeys.accept('192.0.2.1', 'home.example', association))
  first.homeAgentKeys.prove(association)
  first.state.commit()
  const next = start()
  t.deepEqual(next.homeAgentKeys.ofRealm('192.0.2.1', 'home.example'), association)
  t.true(next.homeAgentKeys.demands('192.0.2.1'))
  t.false(next.homeAgentKeys.accept('192.0.2.1', 'other.example', association))
  clock.advance(61_000)
  t.is(start().homeAgentKeys.of('192.0.2.1'), undefined)
})

test('a disk that takes nothing: 66, and kernel and list are as before', async (t) => {
  const store = new StateStore(':memory:', 0)
  const commit = store.commit.bind(store)
  let isFull = true
  store.commit = () => {
    if (isFull) throw new StateError('state/unwritable', 'the disk is full')
    commit()
  }
  const agent = stageAgent({ store })
  await agent.intake.receive(asked())
  await atRest()
  t.like(agent.replies, [{ code: 66 }])
  t.is(agent.visits.visitors.size, 0)
  t.is(agent.datapath.footprints.size, 0)
  t.is(agent.diameter.sent('Session-Termination').length, 1)

  isFull = false
  await agent.intake.receive(asked({ identification: 2n }))
  const held = agent.datapath.footprints.get(nai)
  isFull = true
  agent.diameter.answers.set('AA-Mobile-Node', (avps) => granted(avps['MIP-Reg-Request'] as Buffer))
  await agent.intake.receive(
    asked({ identification: 3n, sourceLinkAddress: '02:00:00:00:00:22', extensions: [aaa] }),
  )
  agent.homeAgentSays(0, 600)
  const moved = { sourceLinkAddress: '02:00:00:00:00:33', extensions: [home] }
  await agent.intake.receive(asked({ identification: 4n, ...moved }))
  t.deepEqual(
    agent.replies.map(({ code }) => code),
    [66, 0, 66, 66],
  )
  t.deepEqual(agent.datapath.footprints.get(nai), held)
  t.is(agent.visits.visitors.of(nai)?.linkAddress, '02:00:00:00:00:11')
})
