import { conditions } from './conditions/scenario.ts'
import { heldEvents } from './held-events/scenario.ts'
import { homeAgentByForeignServer } from './home-agent-by-foreign-server/scenario.ts'
import { homeAgentByHomeServer } from './home-agent-by-home-server/scenario.ts'
import { profile } from './profile/scenario.ts'
import { randomChanges } from './random-changes/scenario.ts'
import { refusedUpdate } from './refused-update/scenario.ts'
import { registration } from './registration/scenario.ts'
import type { Scenario } from './scenario.ts'
import { strangerNode } from './stranger-node/scenario.ts'
import { strangerRelay } from './stranger-relay/scenario.ts'
import { strangerServer } from './stranger-server/scenario.ts'
import { tour } from './tour/scenario.ts'
import { updateInPlace } from './update-in-place/scenario.ts'
import { updateTimes } from './update-times/scenario.ts'

/** Every scenario, by the name that `npm run lab -- NAME` knows it by. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  tour,
  registration,
  profile,
  conditions,
  'held-events': heldEvents,
  'refused-update': refusedUpdate,
  'update-in-place': updateInPlace,
  'update-times': updateTimes,
  'random-changes': randomChanges,
  'home-agent-by-home-server': homeAgentByHomeServer,
  'home-agent-by-foreign-server': homeAgentByForeignServer,
  'stranger-relay': strangerRelay,
  'stranger-node': strangerNode,
  'stranger-server': strangerServer,
}
