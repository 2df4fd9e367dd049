import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { homeAddressPool } from '../home-server/home-address-pool.ts'
import { accepted, mn1, mn2, mn3 } from './database-fixture.ts'
import { onBothEngines, seededOn } from './engine-fixture.ts'
import { readImportFile } from './import-file.ts'

const visit = { sessionId: 's1', node: 'fa1.a.example' }

onBothEngines("an address is nobody else's, and comes back to who had it", async (t, engine) => {
  const { database } = await seededOn(t, engine)
  const pool = homeAddressPool.parse('192.0.2.8/29')
  t.is(await database.assignHomeAddress(mn3, pool, 1), '192.0.2.9')
  t.is(await database.assignHomeAddress(mn2, pool, 2), '192.0.2.10')
  t.is(await database.assignHomeAddress(mn1, pool, 3), '192.0.2.13', '.11 and .12 are fixed')
  t.is(await database.assignHomeAddress(mn3, pool, 4), '192.0.2.9')
  t.like(await database.subscriber(mn3), { homeAddress: undefined, assignedHomeAddress: '192.0.2.9' })
})

onBothEngines(
  'when no address is left, who used his longest ago and has no session loses it',
  async (t, engine) => {
    const { database } = await seededOn(t, engine)
    const pool = homeAddressPool.parse('192.0.2.0/30')
    t.is(await database.assignHomeAddress(mn2, pool, 1), '192.0.2.1')
    t.is(await database.assignHomeAddress(mn1, pool, 2), '192.0.2.2')
    await database.commitRegistration(accepted(visit))
    t.is(await database.assignHomeAddress(mn3, pool, 3), '192.0.2.2', 'mn2 is in session')
    t.is((await database.subscriber(mn1))?.assignedHomeAddress, undefined)
    await database.commitRegistration(
      accepted(
        { ...visit, sessionId: 's3' },
        { nai: mn3, homeAgent: { ...accepted(visit).homeAgent, sessionId: 's4' } },
      ),
    )
    t.is(await database.assignHomeAddress(mn1, pool, 4), undefined)
  },
)

onBothEngines('another pool, another address; a fixed one ends the assignment', async (t, engine) => {
  const { database, folder } = await seededOn(t, engine)
  await database.assignHomeAddress(mn3, homeAddressPool.parse('192.0.2.0/30'), 1)
  t.is(await database.assignHomeAddress(mn3, homeAddressPool.parse('192.0.2.128/25'), 2), '192.0.2.129')
  const file = join(folder, 'more.yaml')
  const subscriber = (nai: string): string =>
    `subscribers: [{ nai: ${nai}, homeAddress: 192.0.2.129, authentication: { spi: 4100, keyFile: k }, profile: gold }]`
  writeFileSync(file, subscriber(mn1))
  await t.throwsAsync(database.import(readImportFile(file), 3), {
    message: /192\.0\.2\.129 .* belongs to mn3/,
  })
  writeFileSync(file, subscriber(mn3))
  await database.import(readImportFile(file), 4)
  t.like(await database.subscriber(mn3), { homeAddress: '192.0.2.129', assignedHomeAddress: undefined })
})

onBothEngines('home agents are counted by their open sessions', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  t.deepEqual([...(await database.homeAgentLoad())], [])
  await database.commitRegistration(accepted(visit))
  t.deepEqual([...(await database.homeAgentLoad())], [['ha.home.example', 1]])
  await database.endSession('s2', 'over', 5)
  t.deepEqual([...(await database.homeAgentLoad())], [])
})
