import { prepare } from '../preparation.ts'
import type { Scenario } from '../scenario.ts'
import { mobilityStep } from './mobility.ts'
import { expiredCertificateStep, missingApplicationStep } from './refused-peers.ts'
import { captureStory, checkWay } from './relayed-signalling.ts'
import { variation } from './variation.ts'
import { wrongRealmStep } from './wrong-realm.ts'

/** freeDiameter carries all that passes between the foreign and the home domain. */
export const strangerRelay: Scenario = {
  title: 'freeDiameter relays between the foreign and the home server',
  needs: ['freediameter'],
  variation,
  async run(lab) {
    await prepare(lab)
    const captures = await captureStory(lab)
    await mobilityStep(lab)
    const refused = await wrongRealmStep(lab)
    await missingApplicationStep(lab)
    await expiredCertificateStep(lab)
    await checkWay(lab, captures, refused)
  },
}
