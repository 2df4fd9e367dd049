import test from 'ava'
import { mn2 } from '../database/database-fixture.ts'
import { FakeForeignAgent } from './test-domain/fake-foreign-agent.ts'
import { acctMultiSessionId } from './test-domain/fake-home-agent.ts'
import { type HomeDomain, homeDomain } from './test-domain/home-domain.ts'
import { until } from './test-domain/until.ts'

const moves: [what: string, next: (domain: HomeDomain) => Promise<FakeForeignAgent>][] = [
  ['another agent of the domain', async ({ fa2 }) => fa2],
  ['another domain', async ({ join }) => new FakeForeignAgent(await join('fa1.b.example'), '10.2.1.2')],
  ['the home domain', async ({ join }) => new FakeForeignAgent(await join('fa.home.example'), '10.0.3.2')],
]
for (const [what, next] of moves)
  test(`a move to ${what} continues the session, and the previous visit is released`, async (t) => {
    const domain = await homeDomain(t)
    const { homeAgent, fa1, operator } = domain
    const other = await next(domain)
    await fa1.register()
    await fa1.account(0n)
    await fa1.account(1000n)
    const { avps } = await other.register()
    t.like(avps, { 'Result-Code': 2001, 'Acct-Multi-Session-Id': acctMultiSessionId })
    t.not(other.sessionId, fa1.sessionId)
    t.is(homeAgent.registrations[0]?.['Session-Id'], homeAgent.registrations[1]?.['Session-Id'])
    await other.account(0n)
    await other.account(500n)
    await until('fa1 is told', () => fa1.aborts.length > 0)
    t.like(await operator.subscriber(mn2), {
      session: {
        foreignAgent: { identity: other.node.sessionId().split(';')[0] },
        usage: { downlinkBytes: 1500 },
      },
    })
    await operator.setProfile(mn2, 'bronze')
    t.deepEqual([homeAgent.held?.name, other.held?.name, fa1.held?.name], ['bronze', 'bronze', 'gold'])

    await fa1.register()
    await until('the other is told', () => other.aborts.length > 0)
    t.is(fa1.aborts.length, 1, 'back at the first: it is not told again')
  })
