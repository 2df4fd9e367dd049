import { Readable } from 'node:stream'
import type { Clock, Timer } from '#core/clock.ts'
import type { LiveEvents, Published } from './live-events.ts'

const heartbeatMilliseconds = 15_000
/** Who reads slower than this many characters behind is let go, and may come back with Last-Event-ID. */
const longestBacklog = 1 << 20

interface Watcher {
  lastEventId: string | undefined
  /** Asked with every heartbeat: a token that was taken away ends the stream. */
  isStillAllowed: () => boolean
}

const reset = 'event: reset\ndata: {}\n\n'

/**
 * Server-sent events (WHATWG HTML, section 9.2): those after `lastEventId`, then each as it comes. Where those are no
 * longer known, an event `reset` says that the state has to be read anew.
 */
export function eventStream(
  live: LiveEvents,
  clock: Clock,
  { lastEventId, isStillAllowed }: Watcher,
): Readable {
  let heartbeat: Timer
  const stream = new Readable({
    read() {},
    encoding: 'utf8',
    destroy(error, done) {
      stop()
      heartbeat.cancel()
      done(error)
    },
  })
  const send = (text: string): void => {
    if (stream.readableLength > longestBacklog) stream.destroy()
    else stream.push(text)
  }
  const beat = (): void => {
    heartbeat = clock.after(heartbeatMilliseconds, beat)
    if (isStillAllowed()) send(': still there\n\n')
    else stream.destroy()
  }
  const stop = live.listen((published) => send(published ? format(published) : reset))
  beat()
  const missed = lastEventId === undefined ? [] : live.since(lastEventId)
  if (missed === undefined) send(reset)
  for (const published of missed ?? []) send(format(published))
  return stream
}

function format({ id, at, event }: Published): string {
  const data = JSON.stringify({ at: new Date(at).toISOString(), ...event })
  return `id: ${id}\nevent: ${event.kind}\ndata: ${data}\n\n`
}
