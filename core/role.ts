import type { Clock } from './clock.ts'
import type { Log } from './log.ts'

/** What every role is started with. */
export interface RoleContext {
  log: Log
  clock: Clock
}

/** A role that runs. `stop` ends it in good order (a mobile node deregisters, Diameter peers are told) and may be called once. */
export interface RunningRole {
  stop(): Promise<void>
}
