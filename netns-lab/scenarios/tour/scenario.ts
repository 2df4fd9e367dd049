import { prepare } from '../preparation.ts'
import type { Scenario } from '../scenario.ts'
import { baseRateStep } from './base-rate.ts'
import { handoverStep } from './handover.ts'
import { profileChangeStep } from './profile-change.ts'
import { registrationStep } from './registration.ts'
import { releaseStep } from './release.ts'
import { twoNodesStep } from './two-nodes.ts'

/** The whole story of a session, from the first advertisement to an empty kernel. */
export const tour: Scenario = {
  title: 'A session from registration through profile changes and a handover to its end',
  async run(lab) {
    await prepare(lab)
    await registrationStep(lab)
    await baseRateStep(lab)
    await profileChangeStep(lab)
    await handoverStep(lab)
    await twoNodesStep(lab)
    await releaseStep(lab)
  },
}
