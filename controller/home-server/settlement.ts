import type { Settled } from '../database/settle.ts'
import { distributeInBackground } from './distribution.ts'
import type { Server } from './server.ts'

/** Brings what conditions, timers or events have changed to the agents. Nobody waits for the outcome. */
export function followSettled(
  server: Server,
  { nai, effective, changed, changes }: Pick<Settled, 'nai' | 'effective' | 'changed' | 'changes'>,
): void {
  if (!changed) return
  const { profile, revision, decidedBy } = effective
  const why = changes.map(({ kind, reason }) => (kind === 'over' ? `over: ${reason}` : reason)).join(', ')
  server.log.info(
    { event: 'profile-changed', nai, profile: profile.name, revision, decidedBy },
    `${nai} gets profile ${profile.name}, revision ${revision}: ${why || 'a layer has begun or run out'}`,
  )
  distributeInBackground(server, nai)
}
