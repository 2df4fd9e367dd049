import { startOf } from '../profile/clock-window.ts'
import type { Facts, PeriodUsage, SignalEvent } from '../profile/facts.ts'
import type { Tariff } from '../profile/tariff.ts'
import { balancePerMillisecond } from './balance.ts'
import type { Connection } from './connection.ts'
import { findObservation } from './observation-table.ts'
import type { Session } from './service-control-database.ts'
import { connectedTimes, findOpen } from './session-table.ts'
import { findTimeZone } from './setting-table.ts'
import { openUsage, volumeIn } from './usage-table.ts'

/** Everything known of the subscriber that conditions can be about, at `at` (milliseconds since 1970). */
export async function factsOf(
  connection: Connection,
  nai: string,
  at: number,
  { events, tariff }: { events: readonly SignalEvent[]; tariff: Tariff | undefined },
): Promise<Facts> {
  const timeZone = await findTimeZone(connection)
  const home = await findOpen(connection, nai, 'home-agent')
  const visit = await findOpen(connection, nai, 'foreign-agent')
  const { balance, links, translation } = await findObservation(connection, nai)
  return {
    timeZone,
    ...(home && { session: sessionFact(home, visit) }),
    usage: await usageFact(connection, nai, at, timeZone, home),
    ...(balance !== undefined && { balance }),
    ...(home && { balancePerMillisecond: balancePerMillisecond(tariff, home, at) }),
    links,
    ...(translation && { translation }),
    events,
  }
}

function sessionFact(
  { startedAt, authorizedUntil, realm }: Session,
  visit: Session | undefined,
): Facts['session'] {
  return {
    // The Session-Id changes when the node goes over to a co-located care-of address; the session does not.
    id: String(startedAt),
    startedAt,
    authenticatedUntil: authorizedUntil,
    domain: visit?.realm ?? realm,
    foreignAgent: visit?.node,
  }
}

/** The usage of the running day, month and session. */
async function usageFact(
  connection: Connection,
  nai: string,
  at: number,
  timeZone: string,
  home: Session | undefined,
): Promise<NonNullable<Facts['usage']>> {
  const monthBegan = startOf('month', at, timeZone)
  const times = await connectedTimes(connection, nai, monthBegan)
  const inPeriod = async (period: 'day' | 'month'): Promise<PeriodUsage> => {
    const began = startOf(period, at, timeZone)
    const connected = times.map(({ from, to = at }) => Math.min(to, at) - Math.max(from, began))
    return {
      ...(await volumeIn(connection, nai, period, began)),
      connectedMilliseconds: connected.reduce((sum, time) => sum + Math.max(0, time), 0),
    }
  }
  const { downlinkBytes, uplinkBytes } = (home && (await openUsage(connection, nai))) ?? {
    downlinkBytes: 0,
    uplinkBytes: 0,
  }
  return {
    at,
    session: { downlinkBytes, uplinkBytes, connectedMilliseconds: home ? at - home.startedAt : 0 },
    day: await inPeriod('day'),
    month: await inPeriod('month'),
  }
}
