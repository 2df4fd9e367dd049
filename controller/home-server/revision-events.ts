import { describeError } from '#core/error.ts'
import { strongest } from '../profile/layers.ts'
import type { Server } from './server.ts'

/**
 * Tells those who watch of every new revision, whichever home server on the same database has made it. Of a subscriber who changes
 * faster than he can be read, the newest is told. Returns what ends it.
 */
export function publishRevisions({
  database,
  live,
  log,
}: Pick<Server, 'database' | 'live' | 'log'>): () => Promise<void> {
  const changed = new Set<string>()
  let telling: Promise<void> | undefined

  async function tell(): Promise<void> {
    for (const nai of changed) {
      changed.delete(nai)
      try {
        if (!(await database.subscriber(nai))) {
          live.publish({ kind: 'removed', nai })
          continue
        }
        const { profile, revision, decidedBy } = await database.effective(nai)
        live.publish({
          kind: 'revision',
          nai,
          profile: profile.name,
          revision,
          decidedBy: strongest(decidedBy).layer,
        })
      } catch (error) {
        log.warn(
          { event: 'revision-unread', nai, error: describeError(error) },
          `the new revision of ${nai} could not be read`,
        )
      }
    }
    telling = undefined
  }

  const stop = database.onChange((nai) => {
    if (nai === undefined) return live.reset()
    changed.add(nai)
    telling ??= Promise.resolve().then(tell)
  })
  return async () => {
    stop()
    changed.clear()
    await telling
  }
}
