import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import type { DiameterNode } from '#diameter/node.ts'
import type { ServiceControlDatabase } from '../database/service-control-database.ts'
import type { LiveEvents } from '../operator-api/live-events.ts'
import type { HomeServerConfig } from './config.ts'
import type { DistributionReport } from './distribution-report.ts'
import type { RetryTimers } from './retry-timers.ts'
import type { SubscriberQueue } from './subscriber-queue.ts'

/** What the parts of the home server share. */
export interface Server {
  config: HomeServerConfig
  database: ServiceControlDatabase
  diameter: DiameterNode
  queue: SubscriberQueue<DistributionReport>
  retries: RetryTimers
  /** What operators can watch. */
  live: LiveEvents
  clock: Clock
  log: Log
}
