/** mn1 has its home agent at home, mn2 one of domain A, with an address of it (rows C7 and C8, C10 and C11). */
import type { ExtraHostName } from '../../topology/hosts.ts'
import type { Variation } from '../../topology/variation.ts'

/** The first that the home agent of domain A gives away. */
export const visitorsAddress = '198.51.100.16'

/** Long enough for what is in flight, and short for the story. */
const forwardingSeconds = 1

export function moveVariation(...extraHosts: ExtraHostName[]): Variation {
  return {
    extraHosts: ['haa', ...extraHosts],
    configurations: {
      hs: { handover: { forwardingSeconds } },
      mn2: { homeAgent: '0.0.0.0', homeAddress: '0.0.0.0', lifetimeSeconds: 1800 },
    },
    subscribers: { mn2: { homeAddress: undefined } },
  }
}
