import type { Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Session } from '../database/service-control-database.ts'
import { distributeInBackground, isWorthRetrying } from './distribution.ts'
import { watchEditLeases } from './edit-leases.ts'
import type { Server } from './server.ts'
import { followSettled } from './settlement.ts'
import { startSubscriberTimers } from './subscriber-timers.ts'
import { release } from './visit-release.ts'

const sweepMilliseconds = 60_000

/**
 * Takes up what the process before left undone, then ends, every minute, the sessions whose authorization is
 * over, and settles subscribers as they are due.
 */
export function startSweep(server: Server): { stop(): Promise<void> } {
  let timer: Timer
  const sweep = async (): Promise<void> => {
    timer = server.clock.after(sweepMilliseconds, () => void sweep())
    try {
      for (const { sessionId } of await server.database.expireSessions(server.clock.now()))
        release(server, sessionId)
    } catch (error) {
      reportFailure(server, error)
    }
  }
  void sweep()
  void resume(server)
  void watchEditLeases(server)
  const { database, clock, log, config } = server
  const timers = startSubscriberTimers(
    { database, clock, log, identity: config.identity },
    {
      settled: (outcome) => followSettled(server, outcome),
      gained: async (nais) => {
        for (const nai of nais) await catchUp(server, await database.openSessions(nai))
      },
    },
  )
  return {
    stop() {
      timer.cancel()
      return timers.stop()
    },
  }
}

/** Visits that are to be released, and profiles that were committed but have not reached the agents. */
async function resume(server: Server): Promise<void> {
  const { database } = server
  try {
    for (const { sessionId } of await database.releasingSessions()) release(server, sessionId)
    await catchUp(server, await database.openSessions())
  } catch (error) {
    reportFailure(server, error)
  }
}

/** Brings the newest to the agents that are behind. */
async function catchUp(server: Server, sessions: readonly Session[]): Promise<void> {
  const behind = new Set<string>()
  for (const session of sessions)
    if (isWorthRetrying(await server.database.effective(session.nai), session)) behind.add(session.nai)
  for (const nai of behind) distributeInBackground(server, nai)
}

function reportFailure({ log }: Server, error: unknown): void {
  log.error({ event: 'sweep-failed', error: describeError(error) }, 'sessions could not be swept')
}
