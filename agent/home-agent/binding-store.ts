/** What a home agent keeps of its nodes over restarts. */
import { z } from 'zod'
import { storedAssociations } from '../revocation/stored-association.ts'
import type { StateStore } from '../state-store/state-store.ts'
import type { StoredMap } from '../state-store/stored-map.ts'
import {
  agentAssociation,
  authorizedSession,
  ipv4,
  moment,
  securityAssociation,
  serviceProfile,
  wholeNumber,
} from '../state-store/stored-value.ts'
import type { Correspondent } from './correspondents.ts'
import type { FormerBinding } from './former-bindings.ts'
import type { MobilityBinding } from './mobility-binding.ts'

const careOfBinding = z.strictObject({
  careOfAddress: ipv4,
  tunnel: z.strictObject({
    encapsulation: z.enum(['ipip', 'gre']),
    local: ipv4,
    remote: ipv4,
    key: z.number().exactOptional(),
    udp: z.strictObject({ sourcePort: z.number(), destinationPort: z.number() }).exactOptional(),
  }),
  reverseTunnel: z.boolean(),
  expiresAtMilliseconds: moment,
  revocation: z
    .strictObject({
      inform: z.boolean(),
      association: agentAssociation,
      authentication: z.enum(['foreign-home-authentication', 'mobile-home-authentication']),
      timestampSeconds: z.number(),
    })
    .exactOptional(),
})

const mobilityBinding = z.strictObject({
  nai: z.string(),
  homeAddress: ipv4,
  association: z.strictObject({
    fromMobileNode: securityAssociation,
    toMobileNode: securityAssociation,
    replay: z.enum(['timestamps', 'nonces']),
  }),
  session: authorizedSession,
  isCoLocated: z.literal(true).exactOptional(),
  profile: serviceProfile,
  careOf: z.tuple([careOfBinding], careOfBinding),
  identification: wholeNumber,
}) satisfies z.ZodType<MobilityBinding>

const formerBinding = z.strictObject({
  binding: mobilityBinding,
  endedAtMilliseconds: z.number(),
}) satisfies z.ZodType<FormerBinding>

const correspondent = z.strictObject({
  agent: ipv4,
  homeAddress: ipv4,
  expiresAtMilliseconds: moment,
}) satisfies z.ZodType<Correspondent>

/** Nonces are left out: a request with one from before a restart is refused, and the node learns another one by that. */
export interface HomeAgentState extends Pick<StateStore, 'commit'> {
  bindings: StoredMap<MobilityBinding>
  former: StoredMap<FormerBinding>
  correspondents: StoredMap<Correspondent>
  associations: ReturnType<typeof storedAssociations>
}

export function homeAgentState(store: StateStore): HomeAgentState {
  return {
    bindings: store.map<MobilityBinding>('binding', mobilityBinding),
    former: store.map<FormerBinding>('former-binding', formerBinding),
    correspondents: store.map<Correspondent>('correspondent', correspondent),
    associations: storedAssociations(store),
    commit: () => store.commit(),
  }
}
