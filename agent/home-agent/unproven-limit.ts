import type { Clock } from '#core/clock.ts'
import { SenderLimit } from '#core/sender-limit.ts'

const pauseMilliseconds = 1000
const listenedTo = 256

/** Who has proven nothing is listened to once in a second (RFC 5944, section 3.6.3: nobody asks more often), and not at all in a flood. */
export function unprovenLimit(clock: Clock): SenderLimit {
  return new SenderLimit(clock, pauseMilliseconds, listenedTo)
}
