import type { Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import { watchEditLeases } from './edit-leases.ts'
import type { Server } from './server.ts'
import { followSettled } from './settlement.ts'
import { startSubscriberTimers } from './subscriber-timers.ts'
import { takeUp } from './take-up.ts'
import { release } from './visit-release.ts'

const sweepMilliseconds = 60_000

/**
 * Takes up what the process before left undone, or another home server that died; then, every minute, ends the
 * sessions whose authorization is over; and settles subscribers as they are due.
 */
export function startSweep(server: Server): { stop(): Promise<void> } {
  let timer: Timer
  const sweep = async (): Promise<void> => {
    timer = server.clock.after(sweepMilliseconds, () => void sweep())
    try {
      for (const { sessionId } of await server.database.expireSessions(server.clock.now()))
        release(server, sessionId)
      await takeUp(server)
    } catch (error) {
      server.log.error({ event: 'sweep-failed', error: describeError(error) }, 'sessions could not be swept')
    }
  }
  void sweep()
  void watchEditLeases(server)
  const { database, clock, log, config } = server
  const timers = startSubscriberTimers(
    { database, clock, log, identity: config.identity },
    { settled: (outcome) => followSettled(server, outcome), gained: () => takeUp(server) },
  )
  return {
    stop() {
      timer.cancel()
      return timers.stop()
    },
  }
}
