import { accepted, mn2 } from './database-fixture.ts'
import { onBothEngines, seededOn } from './engine-fixture.ts'

const request = { refused: 2, former: 1, reason: 'fa1 refused it', at: 3000, until: 9000 }
const bronze = { profile: 'bronze', reason: 'unpaid', author: 'ann' }

onBothEngines('a roll-back goes back under the next revision until its time is over', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.commitRegistration(accepted({ sessionId: 's1', node: 'fa1.a.example' }))
  await database.setBaseProfile(mn2, { ...bronze, at: 3000 })
  t.like(await database.rollBack(mn2, request), {
    changed: true,
    wakeAt: 9000,
    effective: { revision: 3, profile: { name: 'gold', class: { downlink: { rate: 20e6 } } } },
  })
  t.like((await database.effective(mn2)).decidedBy.name, { source: 'roll-back', reason: 'fa1 refused it' })
  t.false((await database.settle(mn2, 4000)).changed)
  t.is(await database.rollBack(mn2, request), undefined, 'it is no longer the newest')
  const again = { ...request, refused: 3, former: 2 }
  t.is(await database.rollBack(mn2, again), undefined, 'a roll-back is not rolled back')
  t.like(await database.settle(mn2, 9000), {
    changed: true,
    effective: { revision: 4, profile: { name: 'bronze' } },
  })
})

onBothEngines('a roll-back ends as soon as something else is asked for', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.setBaseProfile(mn2, { ...bronze, at: 3000 })
  await database.rollBack(mn2, request)
  await database.setBaseProfile(mn2, { ...bronze, reason: 'still unpaid', at: 4000 })
  t.is((await database.effective(mn2)).profile.name, 'gold', 'the same is asked for again')
  const fields = { 'class.downlink.rate': 1e6 }
  const override = { name: 'less', fields, reason: 'r', author: 'ann', since: 5000, until: undefined }
  t.like(await database.putOverride(mn2, override, 5000), {
    changed: true,
    effective: { profile: { name: 'bronze', class: { downlink: { rate: 1e6 } } } },
  })
  const actions = (await database.audit({ subject: mn2, limit: 2 })).map(({ action }) => action)
  t.deepEqual(actions.toSorted(), ['put-override', 'remove-override'])
  t.is((await database.layers(mn2)).filter(({ source }) => source === 'roll-back').length, 0)
})
