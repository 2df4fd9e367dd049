import type { Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import { distributeInBackground, isWorthRetrying } from './distribution.ts'
import type { Server } from './server.ts'
import { release } from './visit-release.ts'

const sweepMilliseconds = 60_000

/**
 * Takes up what the process before left undone, then ends, every minute, the sessions whose authorization is
 * over.
 */
export function startSweep(server: Server): { stop(): void } {
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
  return { stop: () => timer.cancel() }
}

/** Visits that are to be released, and profiles that were committed but have not reached the agents. */
async function resume(server: Server): Promise<void> {
  const { database } = server
  try {
    for (const { sessionId } of await database.releasingSessions()) release(server, sessionId)
    const behind = new Set<string>()
    for (const session of await database.openSessions())
      if (isWorthRetrying(await database.effective(session.nai), session)) behind.add(session.nai)
    for (const nai of behind) distributeInBackground(server, nai)
  } catch (error) {
    reportFailure(server, error)
  }
}

function reportFailure({ log }: Server, error: unknown): void {
  log.error({ event: 'sweep-failed', error: describeError(error) }, 'sessions could not be swept')
}
