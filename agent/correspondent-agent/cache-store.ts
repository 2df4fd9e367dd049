/** What a correspondent agent keeps over restarts. */
import { z } from 'zod'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { StateStore } from '../state-store/state-store.ts'
import type { StoredMap } from '../state-store/stored-map.ts'
import { ipv4, moment, serviceProfile, wholeNumber } from '../state-store/stored-value.ts'
import type { CachedBinding } from './binding-cache.ts'

const cachedBinding = z.strictObject({
  homeAddress: ipv4,
  homeAgent: ipv4,
  careOfAddress: ipv4,
  profile: serviceProfile,
  expiresAtMilliseconds: moment,
}) satisfies z.ZodType<CachedBinding>

const newest = z.strictObject({ homeAgent: ipv4, identification: wholeNumber })

export interface CorrespondentAgentState extends Pick<StateStore, 'commit'> {
  bindings: StoredMap<CachedBinding>
  /** The newest identification of each home agent: a replay is one after a restart too. */
  newest: StoredMap<{ homeAgent: Ipv4Address; identification: bigint }>
}

export function correspondentAgentState(store: StateStore): CorrespondentAgentState {
  return {
    bindings: store.map<CachedBinding>('binding', cachedBinding),
    newest: store.map<z.output<typeof newest>>('newest', newest),
    commit: () => store.commit(),
  }
}
