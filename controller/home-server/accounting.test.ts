import test from 'ava'
import { resultCode } from '#wire/diameter/result-code.ts'
import { mn2 } from '../database/database-fixture.ts'
import { acctMultiSessionId } from './test-domain/fake-home-agent.ts'
import { homeDomain } from './test-domain/home-domain.ts'
import { until } from './test-domain/until.ts'

const usedBytes = async (domain: Awaited<ReturnType<typeof homeDomain>>) =>
  (await domain.operator.subscriber(mn2)).session?.usage.downlinkBytes

test('the first record shows that the foreign agent holds the profile', async (t) => {
  const { fa1, operator } = await homeDomain(t)
  await fa1.register()
  t.is((await operator.subscriber(mn2)).state, 'pending', 'nobody has heard from the foreign agent yet')
  t.is((await fa1.account(0n)).avps['Result-Code'], 2001)
  t.like(await operator.subscriber(mn2), {
    state: 'applied',
    nodes: { 'fa1.a.example': { revision: 1, milliseconds: null } },
  })
})

test('a volume condition changes the profile at both agents by itself, once', async (t) => {
  const { homeAgent, fa1, operator } = await homeDomain(t)
  await fa1.register()
  await fa1.account(0n)
  await fa1.account(12_000_000n)
  t.is(fa1.installs.length, 0)
  t.is((await fa1.account(12_000_001n)).avps['Result-Code'], 2001)
  await until('both hold it', () => homeAgent.held?.name === 'bronze' && fa1.held?.name === 'bronze')
  await fa1.account(13_000_000n)
  t.like(
    await until('it is recorded', async () => {
      const detail = await operator.subscriber(mn2)
      return detail.state === 'applied' && detail
    }),
    {
      profile: {
        name: 'bronze',
        revision: 2,
        decidedBy: {
          layer: 'condition',
          author: 'condition',
          reason: 'more than 12MB of downlink in this session',
        },
      },
      session: { usage: { downlinkBytes: 13_000_000 } },
    },
  )
  t.is(fa1.installs.length, 1)
  t.is(homeAgent.installs.length, 1)
})

test('usage adds up over a move, and a new session begins at zero with the profile that was bought', async (t) => {
  const domain = await homeDomain(t)
  const { homeAgent, fa1, fa2, operator } = domain
  await fa1.register()
  await fa1.account(0n)
  await fa1.account(8_000_000n)
  await fa2.register()
  await fa2.account(0n)
  t.is(await usedBytes(domain), 8_000_000)
  await fa2.account(4_000_001n)
  await until('the condition is met by the sum', () => fa2.held?.name === 'bronze')

  await fa2.terminate(1)
  await homeAgent.terminate(1)
  await fa1.register()
  t.like(fa1.held, { name: 'gold', revision: 3 })
  t.is(await usedBytes(domain), 0)
  t.is((await operator.subscriber(mn2)).profile.decidedBy.layer, 'base')
})

test('a record that comes twice is counted once and answered twice', async (t) => {
  const domain = await homeDomain(t)
  const { fa1 } = domain
  await fa1.register()
  const record = { 'Accounting-Record-Number': 1, 'Accounting-Record-Type': 3 }
  t.is((await fa1.account(5000n, record)).avps['Result-Code'], 2001)
  t.is((await fa1.account(5000n, record)).avps['Result-Code'], 2001)
  t.is(await usedBytes(domain), 5000)
})

test('a record that was kept on the disk of the agent is counted once, also after the end of its session', async (t) => {
  const domain = await homeDomain(t)
  const { fa1 } = domain
  await fa1.register()
  await fa1.account(0n)
  await fa1.terminate(1)
  const late = { 'Accounting-Record-Number': 1, 'Accounting-Record-Type': 4 }
  for (const retransmitted of [false, true])
    t.is((await fa1.account(7000n, late, { retransmitted })).avps['Result-Code'], 2001)
  t.is(await usedBytes(domain), 7000)
})

test('a counter beyond any link is refused and not counted', async (t) => {
  const domain = await homeDomain(t)
  const { fa1 } = domain
  await fa1.register()
  await fa1.account(5000n)
  const answer = await fa1.account(2n ** 64n - 1n)
  t.is(answer.avps['Result-Code'], resultCode.invalidAvpValue)
  t.is(answer.avps['Failed-AVP']?.unknown?.[0]?.code, 364)
  t.is(await usedBytes(domain), 5000)
})

test('records of a session that the sender does not have are refused', async (t) => {
  const domain = await homeDomain(t)
  const { fa1, fa2 } = domain
  await fa1.register()
  for (const stranger of [
    { 'Session-Id': fa1.sessionId },
    { 'Session-Id': 'unknown' },
    { 'Session-Id': 'unknown', 'Acct-Multi-Session-Id': acctMultiSessionId },
  ])
    t.is((await fa2.account(1000n, stranger)).avps['Result-Code'], 5002)
  const own = { 'Session-Id': 'accounting', 'Acct-Multi-Session-Id': acctMultiSessionId }
  t.is((await fa1.account(1000n, own)).avps['Result-Code'], 2001)
  t.is(await usedBytes(domain), 1000)
})
