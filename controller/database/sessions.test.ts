import type { ControlDatabase } from './control-database.ts'
import { accepted, mn2, record } from './database-fixture.ts'
import { onBothEngines, seededOn } from './engine-fixture.ts'

const fa1 = { sessionId: 's1', node: 'fa1.a.example' }
const fa2 = { sessionId: 's3', node: 'fa2.a.example' }
const openIds = async (database: ControlDatabase) =>
  (await database.openSessions(mn2)).map(({ sessionId }) => sessionId)

onBothEngines('a registration opens the home agent session and a visit', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  t.like(await database.prepareRegistration(mn2, 1500), {
    homeSession: undefined,
    effective: { revision: 1 },
  })
  t.deepEqual(await database.commitRegistration(accepted(fa1)), [])
  t.like(await database.openSessions(mn2), [
    { sessionId: 's2', role: 'home-agent', installation: { revision: 1, milliseconds: 5 } },
    {
      sessionId: 's1',
      role: 'foreign-agent',
      homeSessionId: 's2',
      installation: { revision: undefined, grantedRevision: 1 },
    },
  ])
  t.like(await database.prepareRegistration(mn2, 2500), { homeSession: { sessionId: 's2' } })
})

onBothEngines('sessions outlive the process', async (t, engine) => {
  const { database, reopened } = await seededOn(t, engine)
  await database.commitRegistration(accepted(fa1))
  const again = await reopened()
  t.deepEqual(await openIds(again), ['s2', 's1'])
})

onBothEngines(
  'a move leaves the previous visit to be released, and never two visits open',
  async (t, engine) => {
    const { database } = await seededOn(t, engine)
    await database.commitRegistration(accepted(fa1))
    const replaced = await database.commitRegistration(accepted(fa2))
    t.deepEqual(
      replaced.map(({ sessionId, node }) => [sessionId, node]),
      [['s1', 'fa1.a.example']],
    )
    t.deepEqual(await openIds(database), ['s2', 's3'])
    t.is((await database.releasingSessions())[0]?.sessionId, 's1')
    await database.endSession('s1', 'released', 3000)
    t.deepEqual(await database.releasingSessions(), [])
  },
)

onBothEngines(
  'a new session at the same foreign agent replaces the visit without a release',
  async (t, engine) => {
    const { database } = await seededOn(t, engine)
    await database.commitRegistration(accepted(fa1))
    t.deepEqual(await database.commitRegistration(accepted({ ...fa1, sessionId: 's4' })), [])
    t.deepEqual(await openIds(database), ['s2', 's4'])
    t.is((await database.session('s1'))?.state, 'ended')
  },
)

onBothEngines('a move there and back takes the visit up again', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.commitRegistration(accepted(fa1))
  await database.recordInstallation('s1', { confirmed: 1 })
  await database.commitRegistration(accepted(fa2))
  await database.commitRegistration(accepted(fa1))
  t.deepEqual(await openIds(database), ['s2', 's1'])
  t.is((await database.session('s1'))?.installation.revision, undefined, 'it has to be set up again')
})

onBothEngines(
  'the end of the home agent session ends the visit; repeated it does nothing',
  async (t, engine) => {
    const { database } = await seededOn(t, engine)
    await database.commitRegistration(accepted(fa1))
    t.deepEqual(
      (await database.endSession('s2', 'DIAMETER_LOGOUT', 3000)).map(({ sessionId }) => sessionId),
      ['s1'],
    )
    t.deepEqual(await database.endSession('s2', 'DIAMETER_LOGOUT', 3000), [])
    t.deepEqual(await openIds(database), [])
  },
)

onBothEngines('the end of a visit leaves the home agent session', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.commitRegistration(accepted(fa1))
  t.deepEqual(await database.endSession('s1', 'DIAMETER_LINK_BROKEN', 3000), [])
  t.deepEqual(await openIds(database), ['s2'])
})

onBothEngines('what is authorized no longer is ended', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.commitRegistration(accepted(fa1, { authorizedUntil: 10_000 }))
  t.deepEqual(await database.expireSessions(9_000), [])
  t.deepEqual(
    (await database.expireSessions(10_001)).map(({ sessionId }) => sessionId),
    ['s1'],
  )
  t.deepEqual(await openIds(database), [])
  await database.expireSessions(10_002)
  t.deepEqual(await database.releasingSessions(), [], 'the foreign agent, never reached, let go by itself')
})

onBothEngines('a registration after the authorization ran out begins a new session', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.commitRegistration(accepted(fa1, { authorizedUntil: 10_000 }))
  t.is((await database.prepareRegistration(mn2, 10_001)).homeSession, undefined)
})

onBothEngines('an installation keeps the old revision and the reason of a failure', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.commitRegistration(accepted(fa1))
  const failure = { kind: 'refused', reason: 'Cannot allocate memory', revision: 2 } as const
  await database.recordInstallation('s2', { failure, qosSessionId: 'q1' })
  t.deepEqual((await database.session('s2'))?.installation, {
    qosSessionId: 'q1',
    grantedRevision: undefined,
    revision: 1,
    milliseconds: 5,
    failure,
    datapath: undefined,
  })
  const datapath = { tunnels: [], classes: [{ name: 'downlink', interface: 'core0', classId: 7 }] }
  await database.recordInstallation('s2', { applied: { revision: 2, milliseconds: 7 }, datapath })
  await database.recordInstallation('s2', { applied: { revision: 3, milliseconds: 7 } })
  t.like((await database.session('s2'))?.installation, {
    qosSessionId: 'q1',
    revision: 3,
    failure: undefined,
    datapath,
  })
})

onBothEngines('a confirmation does not overwrite what was read back, nor a failure', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.commitRegistration(accepted(fa1))
  await database.recordInstallation('s1', { failure: { kind: 'refused', reason: 'no', revision: 2 } })
  await database.recordInstallation('s1', { confirmed: 1 })
  t.like((await database.session('s1'))?.installation, {
    revision: 1,
    failure: { kind: 'refused', revision: 2 },
  })
  await database.recordInstallation('s1', { applied: { revision: 2, milliseconds: 7 } })
  await database.recordInstallation('s1', { confirmed: 1 })
  t.is((await database.session('s1'))?.installation.revision, 2)
})

onBothEngines('records of several visits add up, each counted once', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.commitRegistration(accepted(fa1))
  await database.recordAccounting(record('s1', 0, 0))
  t.like(await database.recordAccounting(record('s1', 1, 1_000_000)), {
    duplicate: false,
    usage: { downlinkBytes: 1e6 },
  })
  t.like(await database.recordAccounting(record('s1', 1, 1_000_000)), {
    duplicate: true,
    usage: { downlinkBytes: 1e6 },
  })
  t.like(await database.recordAccounting(record('s1', 3, 3_000_000)), { usage: { downlinkBytes: 3e6 } })
  t.like(
    await database.recordAccounting(record('s1', 2, 2_000_000)),
    { usage: { downlinkBytes: 3e6 } },
    'late',
  )
  await database.commitRegistration(accepted(fa2))
  const atFa2 = { node: 'fa2.a.example' }
  t.like(await database.recordAccounting(record('s3', 0, 500_000, atFa2)), {
    usage: { downlinkBytes: 3_500_000 },
  })
  t.like(
    await database.recordAccounting(record('s1', 4, 3_250_000)),
    { usage: { downlinkBytes: 3_750_000 } },
    'the stop of the first visit',
  )
  t.like(await database.usage(mn2), { downlinkBytes: 3_750_000, downlinkPackets: 3750 })
})

onBothEngines('a total stays exact up to the largest counter and never beyond', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.commitRegistration(accepted(fa1))
  const most = Number.MAX_SAFE_INTEGER
  t.like(await database.recordAccounting(record('s1', 1, most)), { usage: { downlinkBytes: most } })
  t.like(await database.recordAccounting(record('s1', 2, 5)), { usage: { downlinkBytes: most } })
  t.like(await database.recordAccounting(record('s1', 3, most)), { usage: { downlinkBytes: most } })
})

onBothEngines('a record counts only if it comes from the foreign agent of the session', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.commitRegistration(accepted(fa1))
  t.is(await database.recordAccounting(record('s1', 1, 10, { node: 'fa2.a.example' })), undefined)
  t.is(await database.recordAccounting(record('s2', 1, 10, { node: 'ha.home.example' })), undefined)
  t.is(await database.recordAccounting(record('other', 1, 10, { acctMultiSessionId: undefined })), undefined)
  t.is(await database.recordAccounting(record('other', 1, 10, { acctMultiSessionId: 'multi-9' })), undefined)
  t.like(await database.recordAccounting(record('own-accounting-session', 1, 10)), {
    usage: { downlinkBytes: 10 },
  })
})

onBothEngines(
  'a met condition makes one new revision, and a new session begins without it',
  async (t, engine) => {
    const { database } = await seededOn(t, engine)
    await database.commitRegistration(accepted(fa1))
    t.like(await database.recordAccounting(record('s1', 1, 12_000_000)), {
      changed: false,
      effective: { profile: { name: 'gold' } },
    })
    t.like(await database.recordAccounting(record('s1', 2, 12_000_001)), {
      changed: true,
      effective: {
        profile: { name: 'bronze' },
        revision: 2,
        decidedBy: { name: { layer: 'condition', author: 'condition' } },
      },
    })
    t.like(await database.recordAccounting(record('s1', 3, 14_000_000)), {
      changed: false,
      effective: { revision: 2 },
    })
    t.like(
      await database.prepareRegistration(mn2, 4000),
      { effective: { profile: { name: 'bronze' } } },
      'a move is the same session',
    )

    await database.endSession('s2', 'DIAMETER_LOGOUT', 5000)
    t.like(await database.prepareRegistration(mn2, 6000), {
      homeSession: undefined,
      effective: { profile: { name: 'gold' }, revision: 3, decidedBy: { name: { layer: 'base' } } },
    })
  },
)

onBothEngines('a late record of a session that is over changes no profile', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.commitRegistration(accepted(fa1))
  await database.endSession('s2', 'DIAMETER_LOGOUT', 3000)
  t.like(await database.recordAccounting(record('s1', 9, 99_000_000)), {
    changed: false,
    effective: { profile: { name: 'gold' } },
  })
})

onBothEngines('an edit in mid-session is judged by what the session has used', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.commitRegistration(accepted(fa1))
  await database.recordAccounting(record('s1', 1, 13_000_000))
  const edit = (profile: string) => ({ profile, reason: 'r', author: 'ann', at: 5000 })
  t.like(await database.setBaseProfile(mn2, edit('bronze')), {
    profile: { name: 'bronze' },
    decidedBy: { name: { layer: 'base' } },
  })
  t.like(await database.setBaseProfile(mn2, edit('gold')), {
    profile: { name: 'bronze' },
    decidedBy: { name: { layer: 'condition' } },
  })
})
