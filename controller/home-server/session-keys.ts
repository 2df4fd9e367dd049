/** The keys that the home server makes for a session (RFC 4004, sections 3.4 and 9; RFC 3957). */
import { randomBytes } from 'node:crypto'
import type { Avps } from '#wire/diameter/avps.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { encodeNamedAvp } from '#wire/diameter/group.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import { deriveKey, keyAlgorithms, nonceBytes, replayMethods } from '#wire/mobile-ip/key-distribution.ts'
import type { AuthenticRequest } from './authentication.ts'

const features = dictionary['MIP-Feature-Vector'].values
const algorithm = { 'MIP-Algorithm-Type': keyAlgorithms.hmacSha1 }
const faHaKeyBytes = 20
/** SPIs up to 255 are reserved (RFC 5944, section 1.6). */
const smallestSpi = 256

/** Which keys are wanted, and the SPIs that those who will receive by them have chosen. */
export interface KeyWishes {
  mobileNodeHomeAgent: boolean
  mobileNodeForeignAgent: { mobileNodeSpi: number } | undefined
  foreignAgentHomeAgent: boolean
  /** The foreign agent's, for what comes from the home agent or the node. */
  foreignAgentSpi: number | undefined
}

export type KeyRefusal = { 'Result-Code': number; 'Error-Message': string; 'Failed-AVP': object }

/**
 * The keys with the node are those that the node itself asked for, by extensions that its authenticator covers; for the key with the
 * foreign agent, that agent has to agree.
 */
export function keyWishes(
  avps: Avps<'AA-Mobile-Node', 'request'>,
  { request }: AuthenticRequest,
): KeyWishes | KeyRefusal {
  const asked = avps['MIP-Feature-Vector'] ?? 0
  const foreignAgentSpi = avps['MIP-HA-to-FA-SPI']
  const foreignAgentHomeAgent = (asked & features['FA-HA-Key-Request']) !== 0
  if (foreignAgentHomeAgent && foreignAgentSpi === undefined)
    return refuse(resultCode.missingAvp, 'an FA-HA key needs MIP-HA-to-FA-SPI', 0)
  if (foreignAgentSpi !== undefined && foreignAgentSpi < smallestSpi)
    return refuse(resultCode.invalidAvpValue, `SPI ${foreignAgentSpi} is reserved`, foreignAgentSpi)
  const wantsForeign = (asked & features['MN-FA-Key-Request']) !== 0
  return {
    mobileNodeHomeAgent: findExtension(request.extensions, 'mn-ha-key-generation-request') !== undefined,
    mobileNodeForeignAgent: wantsForeign
      ? findExtension(request.extensions, 'mn-fa-key-generation-request')
      : undefined,
    foreignAgentHomeAgent,
    foreignAgentSpi,
  }
}

export type SessionKeys = ReturnType<typeof makeSessionKeys>

/**
 * For the home agent: its own keys, and the nonces that it hands to the node, which derives the same keys from them. For the foreign
 * agent: its keys, with the SPIs that the home agent's answer names.
 */
export function makeSessionKeys(
  wishes: KeyWishes,
  { subscriber: { nai }, key: aaaKey }: AuthenticRequest,
  { lifetimeSeconds, replay }: { lifetimeSeconds: number; replay: keyof typeof replayMethods },
) {
  const { mobileNodeHomeAgent, mobileNodeForeignAgent, foreignAgentHomeAgent, foreignAgentSpi } = wishes
  const derived = (): { nonce: Buffer; key: Buffer } => {
    const nonce = randomBytes(nonceBytes)
    return { nonce, key: deriveKey(aaaKey, nonce, nai) }
  }
  const home = mobileNodeHomeAgent ? derived() : undefined
  const foreign = mobileNodeForeignAgent && { ...mobileNodeForeignAgent, ...derived() }
  const agents =
    foreignAgentHomeAgent && foreignAgentSpi !== undefined
      ? { spi: foreignAgentSpi, key: randomBytes(faHaKeyBytes) }
      : undefined
  const association = { ...algorithm, 'MIP-Replay-Mode': replayMethods[replay] }
  const lifetime = { 'MIP-MSA-Lifetime': lifetimeSeconds }
  return {
    /** To be spread into the HAR, or into the AMA for a home agent that asked itself. */
    forMobileNodeAndHomeAgent: home && {
      'MIP-MN-to-HA-MSA': { ...association, 'MIP-Nonce': home.nonce },
      'MIP-HA-to-MN-MSA': { ...association, 'MIP-Session-Key': home.key },
      ...lifetime,
    },
    /** To be spread into the HAR. */
    forHomeAgent: {
      ...(foreign && {
        'MIP-MN-to-FA-MSA': {
          ...algorithm,
          'MIP-Nonce': foreign.nonce,
          ...(foreignAgentSpi !== undefined && { 'MIP-HA-to-FA-SPI': foreignAgentSpi }),
        },
        ...lifetime,
      }),
      ...(agents && {
        'MIP-HA-to-FA-MSA': { 'MIP-HA-to-FA-SPI': agents.spi, ...algorithm, 'MIP-Session-Key': agents.key },
        ...lifetime,
      }),
    },
    /** To be spread into the AMA. A home agent that names no SPI has not taken the key. */
    forForeignAgent(answer: Avps<'Home-Agent-MIP', 'answer'>) {
      const homeAgentSpi = answer['MIP-FA-to-HA-SPI']
      return {
        ...(foreign && {
          'MIP-FA-to-MN-MSA': {
            'MIP-FA-to-MN-SPI': answer['MIP-FA-to-MN-SPI'] ?? foreign.mobileNodeSpi,
            ...algorithm,
            'MIP-Session-Key': foreign.key,
          },
          ...lifetime,
        }),
        ...(agents &&
          homeAgentSpi !== undefined && {
            'MIP-FA-to-HA-MSA': {
              'MIP-FA-to-HA-SPI': homeAgentSpi,
              ...algorithm,
              'MIP-Session-Key': agents.key,
            },
            ...lifetime,
          }),
      }
    },
  }
}

function refuse(code: number, reason: string, spi: number) {
  return {
    'Result-Code': code,
    'Error-Message': reason,
    'Failed-AVP': { unknown: [encodeNamedAvp('MIP-HA-to-FA-SPI', spi)] },
  }
}
