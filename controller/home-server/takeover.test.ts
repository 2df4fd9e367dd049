/** Several home servers, real processes, on one real PostgreSQL: what moves when one is killed. */
import test from 'ava'
import { resultCode } from '#wire/diameter/result-code.ts'
import { mn2 } from '../database/database-fixture.ts'
import { look } from '../database/engine-fixture.ts'
import { homeServerProcesses } from './test-domain/home-server-processes.ts'
import { until } from './test-domain/until.ts'

const identities = ['aaah1.home.example', 'aaah2.home.example', 'aaah3.home.example']
/** Of the home servers' clock: the lease of 15 s is over after 2. */
const speed = 8

test('of three home servers one is killed: its sessions and timers go to the others', async (t) => {
  t.timeout(60_000, 'three processes of a role, and a lease')
  const domain = await homeServerProcesses(t, { engine: 'postgresql', identities, speed })
  const { location, homeAgent, foreignAgent } = domain
  // The first is the only one there, so that it is the one at which the node registers.
  const first = await domain.start('aaah1.home.example')
  const answer = await foreignAgent.register()
  t.is(answer.avps['Origin-Host'], 'aaah1.home.example')
  await foreignAgent.account(0n)
  const owner = async () =>
    (await look(location, `SELECT identity FROM owner WHERE nai = '${mn2}'`))[0]?.identity
  t.is(await owner(), 'aaah1.home.example', 'from the registration on')
  const others = [await domain.start('aaah2.home.example'), await domain.start('aaah3.home.example')] as const
  t.is(await owner(), 'aaah1.home.example', 'nobody takes what is cared for')

  // An operator changes the profile while an agent does not answer, and the server that was asked dies over it.
  const { promise, resolve } = Promise.withResolvers<void>()
  foreignAgent.gate = promise
  const asked = first.operator.setProfile(mn2, 'bronze').catch(() => undefined)
  await until('the foreign agent is asked', () => foreignAgent.installs.length === 1)
  await first.kill()
  await asked
  resolve()

  await until('another cares', async () => (await owner()) !== 'aaah1.home.example')
  const [survivor] = others
  await until('it has done what was cut off', async () => {
    const { state, profile } = await survivor.operator.subscriber(mn2)
    return state === 'applied' && profile.revision === 2
  })
  t.is(foreignAgent.installs.length, 2, 'the foreign agent was asked again')
  for (const agent of [homeAgent, foreignAgent]) t.like(agent.held, { name: 'bronze', revision: 2 })

  // A push, a record and the end of a session at a survivor.
  t.like(await survivor.operator.setProfile(mn2, 'gold'), { state: 'applied', revision: 3 })
  for (const agent of [homeAgent, foreignAgent]) t.like(agent.held, { name: 'gold', revision: 3 })
  t.is((await foreignAgent.account(5000n)).avps['Result-Code'], resultCode.success)
  t.is((await survivor.operator.subscriber(mn2)).session?.usage.downlinkBytes, 5000)
  t.is((await homeAgent.terminate(1)).avps['Result-Code'], resultCode.success)
  t.is((await survivor.operator.subscriber(mn2)).session, null)
  await until('the visit is released', () => foreignAgent.aborts.length === 1)
})
