import { hostAddress } from '../../topology/hosts.ts'
import { identities, realms } from '../../topology/role-configuration.ts'
import type { Variation } from '../../topology/variation.ts'
import { variation as operators } from '../profile/operators.ts'

/** The least that RFC 3539 allows: a lost connection is noticed within 12 to 24 s. */
const watchdogSeconds = 6

export const variation: Variation = {
  configurations: {
    ...operators.configurations,
    fsa: {
      diameter: {
        security: 'none',
        listen: { address: hostAddress.fsa },
        peers: [
          { identity: identities.hs, connect: hostAddress.hs },
          { identity: identities.a1 },
          { identity: identities.a2 },
        ],
        routes: [{ realm: realms.home, peer: identities.hs }],
        watchdogSeconds,
      },
    },
    a1: {
      diameter: {
        security: 'none',
        peers: [{ identity: identities.fsa, connect: hostAddress.fsa }],
        routes: [{ realm: '*', peer: identities.fsa }],
        watchdogSeconds,
      },
    },
  },
}
