import { z } from 'zod'
import type { StateStore } from '../state-store/state-store.ts'
import type { StoredMap } from '../state-store/stored-map.ts'
import { agentAssociation, ipv4 } from '../state-store/stored-value.ts'
import type { AgentAssociation } from './agent-association.ts'

/** An association as it is kept over restarts. */
export interface StoredAssociation {
  agent: string
  association: AgentAssociation
  /** The other end has used it. */
  isProven: boolean
  /** Later ones have greater numbers. */
  number: number
}

const storedAssociation = z.strictObject({
  agent: ipv4,
  association: agentAssociation,
  isProven: z.boolean(),
  number: z.number(),
}) satisfies z.ZodType<StoredAssociation>

export function storedAssociations(store: StateStore): StoredMap<StoredAssociation> {
  return store.map<StoredAssociation>('association', storedAssociation)
}
