import { prepare } from '../preparation.ts'
import type { Scenario } from '../scenario.ts'
import { registrationStep } from '../tour/registration.ts'
import { deregistrationStep } from '../tour/release.ts'

/** The fast one, for `npm test`. */
export const registration: Scenario = {
  title: 'A mobile node registers with its profile and deregisters',
  async run(lab) {
    await prepare(lab)
    await registrationStep(lab)
    await deregistrationStep(lab)
  },
}
