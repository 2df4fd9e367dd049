import { prepare } from '../preparation.ts'
import type { Scenario } from '../scenario.ts'
import { editsStep } from './edits.ts'
import { firstRegistrationStep } from './first-registration.ts'
import { onTheWireStep } from './on-the-wire.ts'
import { variation, writeOperators } from './operators.ts'
import { overrideStep } from './override.ts'

/** What operators do with a profile while its subscriber talks. */
export const profile: Scenario = {
  title: 'A profile of all parts; an override that expires and two conflicting edits in mid-stream',
  variation,
  async run(lab) {
    writeOperators(lab)
    await prepare(lab)
    await firstRegistrationStep(lab)
    await onTheWireStep(lab)
    await editsStep(lab, await overrideStep(lab))
  },
}
