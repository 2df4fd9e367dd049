import type { RunningRoles } from '../topology/running-roles.ts'
import type { Variation } from '../topology/variation.ts'
import type { Witness } from '../witness/witness.ts'

/** What a scenario works with: the daemons, and the witness that looks and records. */
export interface Lab {
  roles: RunningRoles
  witness: Witness
  /** Absolute path of the project's sources. */
  projectFolder: string
  /** The SOJOURN_* variables of the user's environment. */
  settings: Readonly<Record<string, string>>
}

export type Need = 'freediameter' | 'erlang' | 'scapy'

export interface Scenario {
  /** One line for `npm run lab -- list` and the head of the report. */
  title: string
  /** Programs that the lab itself can do without, as `scripts/set-up.sh --with` names them. */
  needs?: readonly Need[]
  variation?: Variation
  run(lab: Lab): Promise<void>
}
