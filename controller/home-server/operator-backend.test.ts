import test from 'ava'
import { mn1, mn2, mn3 } from '../database/database-fixture.ts'
import { sessionList, subscriberList } from '../operator-api/resources.ts'
import { homeDomain } from './test-domain/home-domain.ts'
import { until } from './test-domain/until.ts'

test('of two edits of the same revision the later is refused, with both versions', async (t) => {
  const { ask, operator } = await homeDomain(t)
  const edit = (profile: string, tag: string) =>
    ask(`/v1/subscribers/${mn1}/profile`, {
      method: 'PUT',
      headers: { 'if-match': tag },
      body: JSON.stringify({ profile }),
    })
  const tag = (await ask(`/v1/subscribers/${mn1}`)).headers.get('etag') ?? ''
  t.is(tag, '"1"')
  const answers = await Promise.all([edit('gold', tag), edit('bronze', tag)])
  t.deepEqual(
    answers.map(({ status }) => status),
    [200, 412],
  )
  const [first, second] = await Promise.all(answers.map((answer) => answer.json()))
  t.like(first, { profile: 'gold', revision: 2 })
  t.like(second, {
    code: 'api/stale',
    yours: { profile: 'bronze', revision: 1 },
    current: { nai: mn1, profile: { name: 'gold', revision: 2 } },
  })
  t.is((await edit('bronze', answers[0]?.headers.get('etag') ?? '')).status, 200)
  t.is((await operator.subscriber(mn1)).profile.name, 'bronze')
})

test('what happens is seen as it happens, and counted', async (t) => {
  const { ask, fa1, homeAgent, operator } = await homeDomain(t)
  const stream = await ask('/events')
  let text = ''
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
  t.teardown(() => reader?.cancel())
  const seen = (pattern: RegExp) =>
    until(`${pattern} is seen`, async () => {
      if (!pattern.test(text)) text += (await reader?.read())?.value ?? ''
      return pattern.test(text)
    })
  await fa1.register()
  await seen(
    /event: session\ndata: .*"nai":"mn2@home.example","node":"ha.home.example","change":"registered"/,
  )
  await seen(/event: registration\ndata: .*"outcome":"accepted"/)
  await fa1.register({ nai: mn1, key: Buffer.alloc(16, 9) })
  await seen(/event: registration\ndata: .*"nai":"mn1@home.example".*"outcome":"not-authenticated"/)
  await operator.setProfile(mn2, 'bronze')
  await seen(/event: subscriber\ndata: .*"nai":"mn2@home.example","author":"operator"/)
  await seen(/event: installation\ndata: .*"node":"fa1.a.example","revision":2,"milliseconds":/)
  await seen(/event: profile\ndata: .*"profile":"bronze","revision":2,"state":"applied"/)
  await homeAgent.terminate(1)
  await seen(/event: session\ndata: .*"node":"ha.home.example","change":"ended"/)

  const metrics = await (await ask('/metrics')).text()
  for (const line of [
    'sojourn_registrations_total{outcome="accepted"} 1',
    'sojourn_registrations_total{outcome="not-authenticated"} 1',
    'sojourn_profile_update_seconds_count{node="ha.home.example"} 1',
    'sojourn_profile_update_seconds_count{node="fa1.a.example"} 1',
    'sojourn_profile_updates_total{state="applied"} 1',
    'sojourn_sessions{role="home-agent"} 0',
  ])
    t.true(metrics.includes(line), line)
})

test('subscribers and sessions come in pages', async (t) => {
  const { ask, fa1, operator } = await homeDomain(t)
  const first = subscriberList.parse(await (await ask('/v1/subscribers?limit=2')).json())
  t.like(first, { subscribers: [{ nai: mn1 }, { nai: mn2 }] })
  const second = await (await ask(`/v1/subscribers?limit=2&cursor=${first.next}`)).json()
  t.like(second, { subscribers: [{ nai: mn3 }], next: null })
  await fa1.register()
  const { sessions, next } = sessionList.parse(await (await ask('/v1/sessions?limit=1')).json())
  t.like(sessions, [{ nai: mn2, role: 'home-agent', node: 'ha.home.example', revision: 1 }])
  const visits = await (await ask(`/v1/sessions?limit=1&cursor=${next}`)).json()
  t.like(visits, { sessions: [{ role: 'foreign-agent', address: '10.1.1.2' }], next: null })
  t.is((await operator.sessions()).length, 2)
})

test('ready: the database answers and an agent is connected', async (t) => {
  const { ask } = await homeDomain(t)
  t.deepEqual(await (await ask('/readyz')).json(), { status: 'ready' })
})
