import { prepare } from '../preparation.ts'
import type { Scenario } from '../scenario.ts'
import { authenticationStep } from './authentication.ts'
import { clockStep, nextChange, watchClock } from './clock-windows.ts'
import { congestionStep } from './congestion.ts'
import { linkDownStep } from './link-down.ts'
import { newSessionStep } from './new-session.ts'
import { profiles, variation } from './profiles.ts'
import { registrationStep } from './registration.ts'
import { writeSubscribers } from './subscribers.ts'
import { usedUpStep } from './used-up.ts'
import { bringStation, intruder } from './wrong-keys.ts'

/** How long the lab takes on a busy machine until mn2 has registered. */
const readyInSeconds = 50

/** Control conditions of each kind are met and end: what the terminals get follows, in both kernels and in mid-session. */
export const conditions: Scenario = {
  title: 'Wrong keys, a congested link, a link that is down, a volume, the clock: profiles follow',
  needs: ['scapy'],
  variation,
  async run(lab) {
    const change = nextChange(readyInSeconds)
    writeSubscribers(lab, profiles(change), { mn1: 'commuter', mn2: 'reader' })
    await prepare(lab)
    await bringStation()
    const stranger = intruder(lab)
    try {
      const { mn1, mn2 } = await registrationStep(lab)
      const watch = await watchClock(lab, mn2, change)
      await authenticationStep(lab, stranger, mn1)
      stranger.stop()
      await congestionStep(lab, mn1, mn2)
      await linkDownStep(lab, mn1, mn2)
      await usedUpStep(lab, mn2)
      await clockStep(lab, mn2, watch)
      await newSessionStep(lab)
    } finally {
      stranger.stop()
    }
  },
}
