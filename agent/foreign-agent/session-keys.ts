/** The session keys of an AMA (RFC 4004, section 9), and the associations that they make. Pure. */
import type { Avps } from '#wire/diameter/avps.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import type { AgentAssociation } from '../revocation/agent-association.ts'
import type { MobileForeignAssociation } from './node-authentication.ts'

/** A key, and the SPI that its other end has chosen for what it receives. */
interface GrantedKey {
  spi: number
  key: Buffer
}

export interface GrantedKeys {
  withMobileNode: GrantedKey | undefined
  withHomeAgent: GrantedKey | undefined
  /** Infinite when there is no end. */
  lifetimeSeconds: number
}

/** SPIs up to this one are reserved (RFC 5944, section 1.6). */
export const lastReservedSpi = 255
const hmacSha1 = dictionary['MIP-Algorithm-Type'].values['HMAC-SHA-1']
const algorithm = 'hmac-sha1'
/** Of Authorization-Lifetime; MIP-MSA-Lifetime says it with 0. */
const withoutEnd = 0xffff_ffff

type KeyAvps = Pick<
  Avps<'AA-Mobile-Node', 'answer'>,
  'MIP-FA-to-MN-MSA' | 'MIP-FA-to-HA-MSA' | 'MIP-MSA-Lifetime' | 'Authorization-Lifetime'
>

/** Keys of another algorithm, or with a reserved SPI, are as if they were not there. */
export function grantedKeys(avps: KeyAvps): GrantedKeys {
  const [mobileNode, homeAgent] = [avps['MIP-FA-to-MN-MSA'], avps['MIP-FA-to-HA-MSA']]
  const authorized = avps['Authorization-Lifetime'] ?? withoutEnd
  const lifetime = avps['MIP-MSA-Lifetime'] ?? (authorized === withoutEnd ? 0 : authorized)
  return {
    withMobileNode: mobileNode && usable(mobileNode, mobileNode['MIP-FA-to-MN-SPI']),
    withHomeAgent: homeAgent && usable(homeAgent, homeAgent['MIP-FA-to-HA-SPI']),
    lifetimeSeconds: lifetime === 0 ? Number.POSITIVE_INFINITY : lifetime,
  }
}

function usable(
  association: { 'MIP-Algorithm-Type': number; 'MIP-Session-Key': Buffer },
  spi: number,
): GrantedKey | undefined {
  if (association['MIP-Algorithm-Type'] !== hmacSha1 || spi <= lastReservedSpi) return undefined
  return { spi, key: association['MIP-Session-Key'] }
}

/** @param ownSpi of the request for the keys: what this agent receives bears it */
export function mobileForeignAssociation(
  { withMobileNode, lifetimeSeconds }: GrantedKeys,
  ownSpi: number,
  nowMilliseconds: number,
): MobileForeignAssociation | undefined {
  return (
    withMobileNode && {
      fromMobileNode: { spi: ownSpi, key: withMobileNode.key, algorithm },
      toMobileNode: { ...withMobileNode, algorithm },
      expiresAtMilliseconds: nowMilliseconds + lifetimeSeconds * 1000,
    }
  )
}

/** @param ownSpi of the request for the keys: what this agent receives bears it */
export function foreignHomeAssociation(
  { withHomeAgent, lifetimeSeconds }: GrantedKeys,
  ownSpi: number,
  nowMilliseconds: number,
): AgentAssociation | undefined {
  return (
    withHomeAgent && {
      incoming: { spi: ownSpi, key: withHomeAgent.key, algorithm },
      outgoing: { ...withHomeAgent, algorithm },
      expiresAtMilliseconds: nowMilliseconds + lifetimeSeconds * 1000,
    }
  )
}
