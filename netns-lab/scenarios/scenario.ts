import type { RunningRoles } from '../topology/running-roles.ts'
import type { Witness } from '../witness/witness.ts'

/** What a scenario works with: the daemons, and the witness that looks and records. */
export interface Lab {
  roles: RunningRoles
  witness: Witness
}

export interface Scenario {
  /** One line for `npm run lab -- list` and the head of the report. */
  title: string
  run(lab: Lab): Promise<void>
}
