import { coLocated } from './co-located/scenario.ts'
import { conditions } from './conditions/scenario.ts'
import { expiredDomain } from './expired-domain/scenario.ts'
import { handoverTimes } from './handover-times/scenario.ts'
import { heldEvents } from './held-events/scenario.ts'
import { homeAgentByForeignServer } from './home-agent-by-foreign-server/scenario.ts'
import { homeAgentByHomeServer } from './home-agent-by-home-server/scenario.ts'
import { lossyCore } from './lossy-core/scenario.ts'
import { makeBeforeBreak } from './make-before-break/scenario.ts'
import { moveAcrossDomains } from './move-across-domains/scenario.ts'
import { moveWithinDomain } from './move-within-domain/scenario.ts'
import { pingPong } from './ping-pong/scenario.ts'
import { profile } from './profile/scenario.ts'
import { randomChanges } from './random-changes/scenario.ts'
import { randomMoves } from './random-moves/scenario.ts'
import { refusedUpdate } from './refused-update/scenario.ts'
import { registration } from './registration/scenario.ts'
import { restarts } from './restarts/scenario.ts'
import { returnHome } from './return-home/scenario.ts'
import { reverseTunnel } from './reverse-tunnel/scenario.ts'
import { routeOptimization } from './route-optimization/scenario.ts'
import type { Scenario } from './scenario.ts'
import { strangerNode } from './stranger-node/scenario.ts'
import { strangerRelay } from './stranger-relay/scenario.ts'
import { strangerServer } from './stranger-server/scenario.ts'
import { tour } from './tour/scenario.ts'
import { translation } from './translation/scenario.ts'
import { twoNodesCross } from './two-nodes-cross/scenario.ts'
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
  'move-within-domain': moveWithinDomain,
  'move-across-domains': moveAcrossDomains,
  'route-optimization': routeOptimization,
  restarts,
  'ping-pong': pingPong,
  'two-nodes-cross': twoNodesCross,
  'lossy-core': lossyCore,
  'expired-domain': expiredDomain,
  'random-moves': randomMoves,
  'handover-times': handoverTimes,
  'return-home': returnHome,
  'reverse-tunnel': reverseTunnel,
  translation,
  'co-located': coLocated,
  'make-before-break': makeBeforeBreak,
  'stranger-relay': strangerRelay,
  'stranger-node': strangerNode,
  'stranger-server': strangerServer,
}
