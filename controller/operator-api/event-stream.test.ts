import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { as, testApi, token } from './api-fixture.ts'
import { OperatorClient } from './client.ts'
import { eventStream } from './event-stream.ts'
import { LiveEvents } from './live-events.ts'

const ended = (nai: string) => ({ kind: 'session', nai, node: 'ha', change: 'ended' }) as const

test('since: what came after an event, as far as it is kept', (t) => {
  const live = new LiveEvents(new ManualClock(1000))
  const ids: string[] = []
  live.listen(({ id }) => ids.push(id))
  for (const nai of ['a', 'b', 'c']) live.publish(ended(nai))
  const after = (id = '') => live.since(id)?.map(({ event }) => 'nai' in event && event.nai)
  t.deepEqual([after(ids[0]), after(ids[2])], [['b', 'c'], []])
  for (const unknown of ['', 'x', 'rs', 'rs-', 'rs-4', 'rs--1', 'rt-1', 'rs-1e9'])
    t.is(after(unknown), undefined, unknown)
  for (let more = 0; more < 1000; more++) live.publish(ended('d'))
  t.is(after(ids[1]), undefined, 'too long ago')
  t.is(after(ids[2])?.length, 1000)
})

test('a stream begins after the last event seen, goes on, beats, and lets go', async (t) => {
  const clock = new ManualClock(1000)
  const live = new LiveEvents(clock)
  const ids: string[] = []
  live.listen(({ id }) => ids.push(id))
  live.publish(ended('a'))
  live.publish(ended('b'))
  const stream = eventStream(live, clock, ids[0])
  live.publish(ended('c'))
  clock.advance(15_000)
  const beat = ': still there\n\n'
  const line = (id: string | undefined, nai: string) =>
    `id: ${id}\nevent: session\ndata: {"at":"1970-01-01T00:00:01.000Z","kind":"session","nai":"${nai}","node":"ha","change":"ended"}\n\n`
  t.is(stream.read(), `${beat}${line(ids[1], 'b')}${line(ids[2], 'c')}${beat}`)
  stream.destroy()
  live.publish(ended('d'))
  clock.advance(60_000)
  t.is(stream.readableLength, 0)
})

test('who was away too long is told to begin anew; who does not read is let go', (t) => {
  const live = new LiveEvents(new ManualClock(1000))
  const stream = eventStream(live, new ManualClock(), 'other-7')
  t.regex(String(stream.read()), /event: reset\ndata: {}\n\n$/)
  for (let count = 0; count < 20 && !stream.destroyed; count++) live.publish(ended('x'.repeat(100_000)))
  t.true(stream.destroyed)
})

test('over HTTP: headers, an event as it happens, the end with the server', async (t) => {
  const live = new LiveEvents(new ManualClock())
  const api = testApi({}, { live })
  t.teardown(() => api.close())
  const url = await api.listen({ host: '127.0.0.1', port: 0 })
  const response = await fetch(`${url}/events`, { headers: as('viewer') })
  t.is(response.headers.get('content-type'), 'text/event-stream')
  t.is(response.headers.get('cache-control'), 'no-store')
  live.publish(ended('mn1@home.example'))
  let text = ''
  await t.throwsAsync(async () => {
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString()
      if (text.includes('mn1@home.example')) void api.close()
    }
    throw new Error('ended in good order')
  })
  t.regex(text, /event: session\ndata: .*mn1@home\.example/)
})

test('the client watches, and resumes where it was', async (t) => {
  const live = new LiveEvents(new ManualClock())
  const api = testApi({}, { live })
  t.teardown(() => api.close())
  const client = new OperatorClient(await api.listen({ host: '127.0.0.1', port: 0 }), token)
  const first = async (lastEventId?: string) => {
    for await (const event of client.watch(lastEventId)) return event
    return undefined
  }
  const ids: string[] = []
  live.listen(({ id }) => ids.push(id))
  for (const nai of ['a', 'b']) live.publish(ended(nai))
  t.like(await first(ids[0]), { id: ids[1], kind: 'session', data: { nai: 'b', change: 'ended' } })
  t.deepEqual(await first('before-1'), { id: undefined, kind: 'reset', data: {} })
  await t.throwsAsync(new OperatorClient('http://127.0.0.1:1', token).watch().next(), {
    code: 'api/unreachable',
  })
})
