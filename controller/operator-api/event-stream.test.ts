import { once } from 'node:events'
import { connect } from 'node:net'
import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { as, testApi, token } from './api-fixture.ts'
import { OperatorClient } from './client.ts'
import { eventStream } from './event-stream.ts'
import { LiveEvents } from './live-events.ts'

const isStillAllowed = () => true
const ended = (nai: string) => ({ kind: 'session', nai, node: 'ha', change: 'ended' }) as const

test('since: what came after an event, as far as it is kept', (t) => {
  const live = new LiveEvents(new ManualClock(1000))
  const ids: string[] = []
  live.listen((published) => ids.push(published?.id ?? 'reset'))
  for (const nai of ['a', 'b', 'c']) live.publish(ended(nai))
  const after = (id = '') => live.since(id)?.map(({ event }) => 'nai' in event && event.nai)
  t.deepEqual([after(ids[0]), after(ids[2])], [['b', 'c'], []])
  const epoch = ids[0]?.split('-')[0]
  const unknowns = ['', 'x', epoch, `${epoch}-`, `${epoch}-4`, `${epoch}--1`, 'rt-1', `${epoch}-1e9`]
  for (const unknown of unknowns) t.is(after(unknown), undefined, unknown)
  for (let more = 0; more < 1000; more++) live.publish(ended('d'))
  t.is(after(ids[1]), undefined, 'too long ago')
  t.is(after(ids[2])?.length, 1000)
})

test('a stream begins after the last event seen, goes on, beats, and lets go', async (t) => {
  const clock = new ManualClock(1000)
  const live = new LiveEvents(clock)
  const ids: string[] = []
  live.listen((published) => ids.push(published?.id ?? 'reset'))
  live.publish(ended('a'))
  live.publish(ended('b'))
  const stream = eventStream(live, clock, { lastEventId: ids[0], isStillAllowed })
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
  const stream = eventStream(live, new ManualClock(), { lastEventId: 'other-7', isStillAllowed })
  t.regex(String(stream.read()), /event: reset\ndata: {}\n\n$/)
  for (let count = 0; count < 20 && !stream.destroyed; count++) live.publish(ended('x'.repeat(100_000)))
  t.true(stream.destroyed)
})

test('a token that was taken away ends the stream with the next heartbeat', (t) => {
  const clock = new ManualClock()
  let isAllowed = true
  const watcher = { lastEventId: undefined, isStillAllowed: () => isAllowed }
  const stream = eventStream(new LiveEvents(clock), clock, watcher)
  clock.advance(15_000)
  t.false(stream.destroyed)
  isAllowed = false
  clock.advance(15_000)
  t.true(stream.destroyed)
})

test('what was missed is told to those who watch, and to those who come back', (t) => {
  const live = new LiveEvents(new ManualClock())
  const ids: (string | undefined)[] = []
  live.listen((published) => ids.push(published?.id))
  live.publish(ended('a'))
  const stream = eventStream(live, new ManualClock(), { lastEventId: undefined, isStillAllowed })
  live.reset()
  live.publish(ended('b'))
  t.regex(String(stream.read()), /event: reset\ndata: {}\n\nid: .*\nevent: session\ndata: .*"b"/)
  t.is(ids[1], undefined)
  t.is(live.since(ids[0] ?? ''), undefined)
  t.is(live.since(ids[2] ?? '')?.length, 0)
})

test('over HTTP: who does not read is let go, however much happens', async (t) => {
  const live = new LiveEvents(new ManualClock())
  const api = testApi({}, { live })
  t.teardown(() => api.close())
  const url = new URL(await api.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect({ host: url.hostname, port: Number(url.port) })
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  const { authorization } = as('viewer')
  socket.write(`GET /events HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n\r\n`)
  await once(socket, 'data')
  socket.pause()
  t.is(live.listeners, 2, 'the stream, and the figures')
  // What the two kernels' buffers take does not wait in this process.
  for (let count = 0; count < 10_000 && live.listeners > 1; count++) {
    live.publish(ended('x'.repeat(100_000)))
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.is(live.listeners, 1)
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
  live.listen((published) => ids.push(published?.id ?? 'reset'))
  for (const nai of ['a', 'b']) live.publish(ended(nai))
  t.like(await first(ids[0]), { id: ids[1], kind: 'session', data: { nai: 'b', change: 'ended' } })
  t.deepEqual(await first('before-1'), { id: undefined, kind: 'reset', data: {} })
  await t.throwsAsync(new OperatorClient('http://127.0.0.1:1', token).watch().next(), {
    code: 'api/unreachable',
  })
})
