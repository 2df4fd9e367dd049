/**
 * Whether a home agent accepts a registration (RFC 5944, section 3.8.2). The request is authentic: that was seen to before. Pure.
 */
import type { Ipv4Address } from '#core/ipv4.ts'
import {
  identificationLow,
  identificationSeconds,
  timestampIdentification,
} from '#wire/mobile-ip/identification.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { ReplyCode } from '#wire/mobile-ip/reply-code.ts'

/** Clocks of node and agent may differ by this much (RFC 5944, section 5.7.1). */
export const timestampToleranceSeconds = 7

export interface RegistrationCircumstances {
  homeAgent: Ipv4Address
  nowMilliseconds: number
  /** The greatest identification that was ever accepted from this node. */
  lastIdentification: bigint | undefined
  /** Without a word of the home server only this care-of address can be registered again; undefined: the server has spoken. */
  boundCareOfAddress: Ipv4Address | undefined
  /** What the agent's own limit and the home server's authorization leave; below 1 nothing can be granted. */
  maximumLifetimeSeconds: number
}

/** `identification` goes into the reply; after a mismatch it tells the node the agent's clock. */
export type RegistrationDecision = { identification: bigint } & (
  | { verdict: 'registered'; code: 0 | 1; lifetimeSeconds: number }
  /** `all`: every binding of the home address, else only the one of the request's care-of address. */
  | { verdict: 'deregistered'; code: 0; scope: 'all' | 'care-of-address' }
  | { verdict: 'denied'; code: ReplyCode }
)

interface Refusal {
  code: ReplyCode
  applies(request: RegistrationRequest, circumstances: RegistrationCircumstances): boolean
}

/** In this order; RFC 5944 fixes only that the identification comes first. */
const refusals: readonly Refusal[] = [
  { code: 133, applies: (request, circumstances) => !isTimely(request, circumstances) },
  { code: 136, applies: ({ homeAgent }, circumstances) => homeAgent !== circumstances.homeAgent },
  { code: 134, applies: ({ flags }) => flags.reservedR || flags.reservedX },
  { code: 139, applies: ({ flags }) => flags.minimalEncapsulation || flags.gre },
  { code: 137, applies: ({ flags }) => flags.reverseTunnelling },
  {
    code: 129,
    applies: ({ lifetimeSeconds, careOfAddress }, { maximumLifetimeSeconds, boundCareOfAddress }) =>
      lifetimeSeconds > 0 &&
      (maximumLifetimeSeconds < 1 ||
        (boundCareOfAddress !== undefined && careOfAddress !== boundCareOfAddress)),
  },
]

export function decideRegistration(
  request: RegistrationRequest,
  circumstances: RegistrationCircumstances,
): RegistrationDecision {
  const { identification, lifetimeSeconds } = request
  const refusal = refusals.find(({ applies }) => applies(request, circumstances))
  if (refusal) {
    const { code } = refusal
    return {
      verdict: 'denied',
      code,
      identification: code === 133 ? clockOf(request, circumstances) : identification,
    }
  }
  if (lifetimeSeconds === 0) {
    const scope = request.careOfAddress === request.homeAddress ? 'all' : 'care-of-address'
    return { verdict: 'deregistered', code: 0, scope, identification }
  }
  return {
    verdict: 'registered',
    code: request.flags.simultaneousBindings ? 1 : 0,
    lifetimeSeconds: Math.floor(Math.min(lifetimeSeconds, circumstances.maximumLifetimeSeconds)),
    identification,
  }
}

/** RFC 5944, section 5.7.1: close to the own clock, and greater than all that was accepted before. */
function isTimely(
  { identification }: RegistrationRequest,
  { nowMilliseconds, lastIdentification }: RegistrationCircumstances,
): boolean {
  const difference = identificationSeconds(identification) - Math.floor(nowMilliseconds / 1000)
  if (Math.abs(difference) > timestampToleranceSeconds) return false
  return lastIdentification === undefined || identification > lastIdentification
}

function clockOf(
  { identification }: RegistrationRequest,
  { nowMilliseconds }: RegistrationCircumstances,
): bigint {
  return timestampIdentification(nowMilliseconds, identificationLow(identification))
}
