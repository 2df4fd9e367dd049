import { u16 } from './attribute-type.ts'
import { struct } from './struct.ts'

/** Realms, by which the kernel counts routed traffic and `tc filter route` classifies it: a u32, the source's realm above. */
export const realms = struct('realms', { to: u16, from: u16 })

/** `realms FROM/TO`, of which 0 is none. */
export interface Realms {
  from?: number | undefined
  to?: number | undefined
}

export function renderRealms(value: Realms | undefined): string | undefined {
  if (value === undefined) return undefined
  const { from = 0, to = 0 } = value
  return from === 0 ? `realms ${to}` : `realms ${from}/${to}`
}
