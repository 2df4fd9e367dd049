/** What a foreign agent keeps of its visitors over restarts. */
import { z } from 'zod'
import { accountingStates } from '../accounting/accounting-machine.ts'
import { storedAssociations } from '../revocation/stored-association.ts'
import type { StateStore } from '../state-store/state-store.ts'
import type { StoredMap } from '../state-store/stored-map.ts'
import {
  authorizedSession,
  ipv4,
  moment,
  securityAssociation,
  serviceProfile,
  wholeNumber,
} from '../state-store/stored-value.ts'
import { type AccountingProgress, realtimeNames } from './accounting.ts'
import type { HomeAgentSpeaker } from './home-agent-keys.ts'
import type { VisitorEntry } from './visitor-list.ts'

/** A visitor as it lies in the store. */
export interface StoredVisitor extends Omit<VisitorEntry, 'accounting'> {
  accounting: AccountingProgress
}

const usage = z.strictObject({
  octets: wholeNumber,
  packets: wholeNumber,
  inputOctets: wholeNumber,
  inputPackets: wholeNumber,
})

const passingTunnel = z.strictObject({ careOfAddress: ipv4, untilMilliseconds: moment })

const storedVisitor = z.strictObject({
  nai: z.string(),
  homeAddress: ipv4,
  homeAgent: ipv4,
  linkAddress: z.string(),
  tunnel: z.strictObject({
    encapsulation: z.enum(['ipip', 'gre']),
    key: z.number().exactOptional(),
    reverseTunnel: z
      .union([
        z.strictObject({ style: z.literal('direct') }),
        z.strictObject({ style: z.literal('encapsulating'), agentAddress: ipv4 }),
      ])
      .exactOptional(),
  }),
  association: z
    .strictObject({
      fromMobileNode: securityAssociation,
      toMobileNode: securityAssociation,
      expiresAtMilliseconds: moment,
    })
    .exactOptional(),
  revocation: z.strictObject({ timestampSeconds: z.number(), inform: z.boolean() }).exactOptional(),
  previous: passingTunnel.exactOptional(),
  next: passingTunnel.exactOptional(),
  session: authorizedSession,
  profile: serviceProfile,
  expiresAtMilliseconds: moment,
  registeredUntilMilliseconds: moment,
  accounting: z.strictObject({
    state: z.enum(accountingStates),
    realtime: z.enum(realtimeNames),
    intervalSeconds: z.number(),
    nextNumber: z.number(),
    startedAtMilliseconds: z.number(),
    before: usage,
    counted: usage,
    formerUplink: z.strictObject({ bytes: wholeNumber, packets: wholeNumber }),
  }),
}) satisfies z.ZodType<StoredVisitor>

const homeAgentSpeaker = z.strictObject({
  realm: z.string(),
  expiresAtMilliseconds: moment,
}) satisfies z.ZodType<HomeAgentSpeaker>

/** Challenges are left out: a node that answers one from before a restart is told to answer a newer one. */
export interface ForeignAgentState extends Pick<StateStore, 'commit'> {
  visitors: StoredMap<StoredVisitor>
  speakers: StoredMap<HomeAgentSpeaker>
  associations: ReturnType<typeof storedAssociations>
}

export function foreignAgentState(store: StateStore): ForeignAgentState {
  return {
    visitors: store.map<StoredVisitor>('visitor', storedVisitor),
    speakers: store.map<HomeAgentSpeaker>('home-agent-speaker', homeAgentSpeaker),
    associations: storedAssociations(store),
    commit: () => store.commit(),
  }
}
