import type { RevisedProfile, Session } from '../database/service-control-database.ts'
import type { Server } from './server.ts'

/** Then what was refused is tried again, if nothing has changed before. */
const retryMilliseconds = 3_600_000

/**
 * Where one agent has refused what another follows, the profile can ask for going back together: the former content
 * becomes the next revision. Returns who refused and why, by node; undefined when there is nothing to roll back.
 */
export async function rollBack(
  { database, clock, log }: Server,
  nai: string,
  { profile, revision }: RevisedProfile,
  sessions: readonly Session[],
): Promise<ReadonlyMap<string, string> | undefined> {
  const refusals = new Map<string, string>()
  const held: number[] = []
  for (const { node, installation } of sessions) {
    const { failure } = installation
    if (failure?.kind !== 'refused' || failure.revision !== revision) continue
    refusals.set(node, failure.reason)
    held.push(installation.revision ?? installation.grantedRevision ?? 0)
  }
  const isFollowed = sessions.some(({ installation }) => installation.revision === revision)
  if (profile.distribution.onFailure !== 'roll-back' || refusals.size === 0 || !isFollowed) return undefined
  const why = [...refusals].map(([node, reason]) => `${node}: ${reason}`).join('; ')
  const reason = `revision ${revision} was refused by ${why}`
  const at = clock.now()
  const until = at + retryMilliseconds
  const request = { refused: revision, former: Math.max(...held), reason, at, until }
  const settled = await database.rollBack(nai, request)
  if (!settled) return undefined
  log.warn(
    { event: 'profile-rolled-back', nai, refused: revision, revision: settled.effective.revision },
    reason,
  )
  return refusals
}
