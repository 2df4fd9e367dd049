import { z } from 'zod'
import type { Clock } from '#core/clock.ts'
import { eventStream } from './event-stream.ts'
import type { LiveEvents } from './live-events.ts'
import type { Metrics } from './metrics.ts'
import { OperatorApiError } from './problem.ts'
import type { OperatorBackend } from './resources.ts'
import { type Route, route, streamAnswer } from './route.ts'

/** Of one operator: each can hold up to a megabyte. */
const mostStreams = 32

/** What programs watch the home server by. */
export function systemRoutes(
  backend: OperatorBackend,
  metrics: Metrics,
  live: LiveEvents,
  clock: Clock,
): Route[] {
  /** How many are open, by operator. */
  const streams = new Map<string, number>()
  return [
    route({
      method: 'GET',
      path: '/healthz',
      summary: 'Whether the process lives',
      role: 'anyone',
      answer: z.object({ status: z.literal('ok') }),
      handle: () => ({ status: 'ok' as const }),
    }),
    route({
      method: 'GET',
      path: '/readyz',
      summary: 'Whether the home server can do its work',
      role: 'anyone',
      answer: z.object({ status: z.literal('ready') }),
      refusals: [503],
      async handle() {
        const faults = await backend.faults()
        if (faults.length > 0) throw new OperatorApiError('api/not-ready', faults.join('; '))
        return { status: 'ready' as const }
      },
    }),
    route({
      method: 'GET',
      path: '/metrics',
      summary: 'Figures in the text format of Prometheus',
      role: 'viewer',
      type: metrics.contentType,
      answer: z.string(),
      handle: () => metrics.text(),
    }),
    route({
      method: 'GET',
      path: '/events',
      summary: 'What happens, as server-sent events; Last-Event-ID resumes, and `reset` says that it cannot',
      role: 'viewer',
      type: 'text/event-stream',
      answer: streamAnswer,
      handle({ operator: { name }, lastEventId, isStillAllowed }) {
        const open = streams.get(name) ?? 0
        if (open >= mostStreams)
          throw new OperatorApiError('api/rate-limited', `${name} watches ${open} times already: end one`)
        streams.set(name, open + 1)
        const stream = eventStream(live, clock, { lastEventId, isStillAllowed })
        return stream.on('close', () => streams.set(name, (streams.get(name) ?? 1) - 1))
      },
    }),
  ]
}
