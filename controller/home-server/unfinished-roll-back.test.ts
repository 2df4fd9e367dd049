import type { ExecutionContext } from 'ava'
import { decodeServiceProfile } from '#wire/diameter/service-profile.ts'
import { mn2 } from '../database/database-fixture.ts'
import { look, onBothEngines } from '../database/engine-fixture.ts'
import type { EngineName } from '../database/migrations.ts'
import { homeServerProcesses } from './test-domain/home-server-processes.ts'
import { until } from './test-domain/until.ts'

/** Lets no roll-back be written, in each database's words: the process stays between the refusal and that. */
const stuck: Record<EngineName, { begin: string; end: string }> = {
  sqlite: {
    begin: `CREATE TRIGGER stuck BEFORE INSERT ON operator_override BEGIN SELECT RAISE(ABORT, 'stuck'); END`,
    end: 'DROP TRIGGER stuck',
  },
  postgresql: {
    begin: `CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stuck'; END $$;
      CREATE TRIGGER stuck BEFORE INSERT ON operator_override FOR EACH ROW EXECUTE FUNCTION stuck()`,
    end: 'DROP FUNCTION stuck CASCADE',
  },
}

const identity = 'aaah.home.example'

async function killedBeforeRollBack(t: ExecutionContext, engine: EngineName) {
  const domain = await homeServerProcesses(t, { engine, identities: [identity] })
  const { location, homeAgent, foreignAgent } = domain
  const first = await domain.start(identity)
  await foreignAgent.register()
  await foreignAgent.account(0n)
  foreignAgent.refusal = 'RTNETLINK answers: Cannot allocate memory'
  await look(location, stuck[engine].begin)
  await t.throwsAsync(first.operator.setProfile(mn2, 'bronze'))
  await first.kill()
  await look(location, stuck[engine].end)
  t.like(homeAgent.held, { name: 'bronze', revision: 2 })
  t.like(foreignAgent.held, { name: 'gold', revision: 1 })
  return domain
}

onBothEngines('killed between a refusal and the roll-back, it finishes that', async (t, engine) => {
  const { start, homeAgent, foreignAgent } = await killedBeforeRollBack(t, engine)
  const { operator } = await start(identity)
  for (const agent of [homeAgent, foreignAgent])
    await until(
      'the former values are in force',
      () => agent.held?.revision === 3 && agent.held.name === 'gold',
    )
  await until('both have said so', async () => (await operator.subscriber(mn2)).state === 'applied')
  t.deepEqual(
    foreignAgent.installs.map((install) => decodeServiceProfile(install)?.revision),
    [2, 3],
    'who had refused was not asked again',
  )
  const { profile } = await operator.subscriber(mn2)
  t.like(profile.decidedBy, { layer: 'override', author: 'home-server' })
  t.regex(profile.decidedBy.reason, /revision 2 was refused by fa\.home\.example: .*Cannot allocate memory/)
})

onBothEngines('it does so also while the agent that had refused is away', async (t, engine) => {
  const { start, homeAgent, foreignAgent } = await killedBeforeRollBack(t, engine)
  const { promise, resolve } = Promise.withResolvers<void>()
  foreignAgent.gate = promise
  const { operator } = await start(identity)
  await until(
    'the home agent is back',
    () => homeAgent.held?.revision === 3 && homeAgent.held.name === 'gold',
  )
  t.is(foreignAgent.held?.revision, 1)
  resolve()
  await until('it is whole', async () => (await operator.subscriber(mn2)).state === 'applied')
})
