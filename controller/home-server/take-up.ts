import { describeError } from '#core/error.ts'
import { distributeInBackground, isWorthRetrying } from './distribution.ts'
import { rollBack } from './roll-back.ts'
import type { Server } from './server.ts'
import { releaseIfForgotten } from './visit-release.ts'

/**
 * Goes on with what was begun for the subscribers of this home server, by itself or by another, and is in nobody's
 * hands now: visits that are to be released, revisions that have not reached the agents, and a refusal of one agent
 * that has not been taken back at the other. What is under way is left alone.
 */
export async function takeUp(server: Server): Promise<void> {
  const { database, config, queue, log } = server
  for (const { sessionId } of await database.releasingSessions(config.identity))
    releaseIfForgotten(server, sessionId)
  for (const nai of await database.behind(config.identity))
    queue
      .run(nai, () => catchUp(server, nai))
      .catch((error: unknown) =>
        log.error(
          { event: 'take-up-failed', nai, error: describeError(error) },
          `what was begun for ${nai} could not be taken up`,
        ),
      )
}

/** In the subscriber's turn of the queue: while a distribution goes on, what it has not done yet is not left undone. */
async function catchUp(server: Server, nai: string): Promise<void> {
  const effective = await server.database.effective(nai)
  const sessions = await server.database.openSessions(nai)
  // Known by the records of both agents, so that it does not wait until the one that refused can be reached.
  const refusals = await rollBack(server, nai, effective, sessions)
  if (refusals || sessions.some((session) => isWorthRetrying(effective, session)))
    distributeInBackground(server, nai)
}
