/**
 * What changes because time passes and nothing else happens: overrides run out, clock windows begin and end, conditions
 * last `for:` a while or until midnight. When that is stands in the database, so a restart forgets nothing, and another
 * home server on the same database goes on where one has died.
 */
import type { Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Settled } from '../database/settle.ts'
import type { Server } from './server.ts'

/** No timer is later than that, whoever has set it. */
const lookMilliseconds = 1000
/** Who is silent for that long has died, and others take over. */
const leaseMilliseconds = 15_000
const renewMilliseconds = 5000

interface Follower {
  settled(outcome: Settled): void
  /** Nobody else cares for these subscribers. */
  gained(nais: readonly string[]): Promise<void>
}

/** Begins to settle whoever is due, and to take over subscribers for whom nobody cares. */
export function startSubscriberTimers(
  { database, clock, log, identity }: Pick<Server, 'database' | 'clock' | 'log'> & { identity: string },
  follower: Follower,
): { stop(): Promise<void> } {
  let timer: Timer | undefined
  let isStopped = false
  let renewedAt: number | undefined
  let looking = look()

  async function look(): Promise<void> {
    let nextAt: number | undefined
    try {
      await renew()
      const timers = await database.dueTimers(identity, clock.now())
      nextAt = timers.nextAt
      for (const nai of timers.due) await settle(nai)
    } catch (error) {
      log.error({ event: 'timers', error: describeError(error) }, 'the timers could not be looked at')
    }
    if (isStopped) return
    const wait = nextAt === undefined ? lookMilliseconds : Math.max(nextAt - clock.now(), 0)
    timer = clock.after(Math.min(wait, lookMilliseconds), () => {
      looking = look()
    })
  }

  /** A clock that was put back renews at once. */
  async function renew(): Promise<void> {
    const at = clock.now()
    if (renewedAt !== undefined && at >= renewedAt && at < renewedAt + renewMilliseconds) return
    const gained = await database.renewOwnership({ identity, at, aliveUntil: at + leaseMilliseconds })
    renewedAt = at
    if (gained.length === 0) return
    log.info({ event: 'subscribers-gained', subscribers: gained.length }, 'subscribers are cared for')
    await follower.gained(gained)
  }

  /** One that cannot be settled does not keep the others waiting. */
  async function settle(nai: string): Promise<void> {
    try {
      follower.settled(await database.settle(nai, clock.now()))
    } catch (error) {
      log.error({ event: 'timers', nai, error: describeError(error) }, `${nai} could not be settled`)
    }
  }

  return {
    async stop() {
      isStopped = true
      timer?.cancel()
      await looking
      await database.leave(identity).catch((error: unknown) => {
        log.warn({ event: 'timers', error: describeError(error) }, 'the others have to wait for the lease')
      })
    },
  }
}
