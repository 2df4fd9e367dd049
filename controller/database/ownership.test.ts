import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import test from 'ava'
import { accepted, mn1, mn2, mn3 } from './database-fixture.ts'
import { onBothEngines, seededOn } from './engine-fixture.ts'

const visit = { sessionId: 's1', node: 'fa1.a.example' }
const lease = 1000

onBothEngines('who does not say that he is alive loses his subscribers to the next', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  const renew = (identity: string, at: number) =>
    database.renewOwnership({ identity, at, aliveUntil: at + lease })
  t.deepEqual(await renew('one', 5000), [], 'nobody has a session or a timer')
  await database.commitRegistration(accepted(visit))
  t.deepEqual(await renew('one', 5100), [mn2])
  t.deepEqual(await renew('two', 5200), [])
  await database.own(mn1, 'two')
  await database.putOverride(
    mn1,
    {
      name: 'fair',
      fields: { 'class.downlink.rate': 1e6 },
      reason: 'r',
      author: 'a',
      since: 5200,
      until: 5800,
    },
    5200,
  )
  t.deepEqual(await database.dueTimers('two', 5300), { due: [], nextAt: 5800 })
  t.deepEqual(await renew('two', 6099), [])
  t.deepEqual(await renew('two', 6100), [mn2], 'the lease of one is over')
  t.deepEqual(await database.ownedBy('two'), [mn1, mn2])
  await database.leave('two')
  t.deepEqual(await renew('three', 6101), [mn1, mn2], 'who leaves does not have to be waited for')
  t.deepEqual(await database.dueTimers('three', 6101), { due: [mn1], nextAt: undefined })
  await database.settle(mn1, 6101)
  t.deepEqual(await database.dueTimers('three', 6101), { due: [], nextAt: undefined })
})

/** A home server as far as ownership goes: says what it has gained, and every change that it hears of. */
const homeServer = `
  import { openDatabase } from ${JSON.stringify(import.meta.resolve('./open-database.ts'))}
  const [location, identity] = process.argv.slice(1)
  const database = await openDatabase(JSON.parse(location))
  database.onChange((nai) => process.stdout.write('heard ' + nai + '\\n'))
  for (;;) {
    const at = Date.now()
    for (const nai of await database.renewOwnership({ identity, at, aliveUntil: at + ${lease} }))
      process.stdout.write('gained ' + nai + '\\n')
    const { due } = await database.dueTimers(identity, at)
    for (const nai of due) await database.settle(nai, Date.now())
    await new Promise((resolve) => setTimeout(resolve, ${lease} / 5))
  }
`

test('postgresql: of three home servers one is killed: its timers go to the others, changes to all', async (t) => {
  const { database, location } = await seededOn(t, 'postgresql')
  await database.commitRegistration(accepted(visit))
  const words: string[] = []
  const servers = ['one', 'two', 'three'].map((identity) => {
    const how = ['--input-type=module-typescript', '--eval', homeServer, JSON.stringify(location), identity]
    const child = spawn(process.execPath, how, { stdio: ['ignore', 'pipe', 'inherit'] })
    t.teardown(() => child.kill('SIGKILL'))
    createInterface(child.stdout).on('line', (line) => words.push(`${identity} ${line}`))
    return { identity, child }
  })
  const said = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = words.find((line) => pattern.test(line))
      if (found !== undefined) return found
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const first = (await said(new RegExp(`gained ${mn2}`))).split(' ')[0] ?? ''
  // Said by all who are there: each hears of a change that another process commits.
  await database.setBaseProfile(mn3, { profile: 'gold', reason: 'r', author: 'ann', at: Date.now() })
  await said(new RegExp(`heard ${mn3}`))

  const until = Date.now() + 3 * lease
  await database.putOverride(
    mn2,
    { name: 'fair', fields: { 'class.downlink.rate': 1e6 }, reason: 'r', author: 'a', since: 1, until },
    Date.now(),
  )
  const owner = servers.find(({ identity }) => identity === first)?.child
  owner?.kill('SIGKILL')
  if (owner) await once(owner, 'exit')
  const killedAt = Date.now()
  words.length = 0
  const second = (await said(new RegExp(`gained ${mn2}`))).split(' ')[0] ?? ''
  t.not(second, first)
  t.true(Date.now() - killedAt < 10 * lease, 'the lease and the time to the next look, on a busy machine too')
  // The override runs out, though nobody is left of those who knew of it at first.
  while ((await database.effective(mn2)).profile.class.downlink.rate !== 20e6)
    await new Promise((resolve) => setTimeout(resolve, 20))
  await said(new RegExp(`heard ${mn2}`))
  t.deepEqual(await database.ownedBy(first), [])
})
