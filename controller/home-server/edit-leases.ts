import { describeError } from '#core/error.ts'
import { distributeInBackground } from './distribution.ts'
import type { Server } from './server.ts'

/** setTimeout and a clock that was put back: it is looked at again by then. */
const longestWaitMilliseconds = 3_600_000

/**
 * Ends the edits that nobody committed in time, brings what their event signals changed to the agents, and comes back
 * when the next one expires. To be called at the start and when an edit was opened.
 */
export async function watchEditLeases(server: Server): Promise<void> {
  const { database, clock, retries, live, log } = server
  const again = (milliseconds: number): void =>
    retries.after('edit leases', milliseconds, () => void watchEditLeases(server))
  try {
    const { expired, settled, nextAt } = await database.expireEdits(clock.now())
    for (const { subject, editor } of expired) {
      log.warn({ event: 'edit-expired', subject, editor }, `the edit of ${subject} by ${editor} has expired`)
      live.publish({ kind: 'edit', subject, editor, change: 'expired' })
    }
    for (const { nai, changed } of settled) if (changed) distributeInBackground(server, nai)
    if (nextAt === undefined) return retries.done('edit leases')
    again(Math.min(Math.max(nextAt - clock.now(), 0), longestWaitMilliseconds))
  } catch (error) {
    log.error({ event: 'edit-leases', error: describeError(error) }, 'edits could not be expired')
    again(60_000)
  }
}
