/** The keys that the home server hands to a home agent, in a HAR or in the AMA for a co-located node (RFC 4004, section 9). */
import { randomInt } from 'node:crypto'
import type { Avps } from '#wire/diameter/avps.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { type Extension, findExtension } from '#wire/mobile-ip/extension.ts'
import { replayMethods } from '#wire/mobile-ip/key-distribution.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { AgentAssociation } from '../revocation/agent-association.ts'
import type { MobileHomeAssociation } from './mobility-binding.ts'

type HarAvps = Avps<'Home-Agent-MIP', 'request'>
type NodeKeyAvps = Pick<HarAvps, 'MIP-MN-to-HA-MSA' | 'MIP-HA-to-MN-MSA'>

/** SPIs up to 255 are reserved (RFC 5944, section 1.6). */
const smallestSpi = 256
const hmacSha1 = dictionary['MIP-Algorithm-Type'].values['HMAC-SHA-1']

/** The key as the node learns it, by its nonce (RFC 3957, section 6). */
export type KeyGenerationReply = Extract<
  Extension,
  { kind: 'mn-ha-key-generation-reply' | 'mn-fa-key-generation-reply' }
>

/** Why the keys cannot be used. */
export interface KeyFault {
  fault: 'missingAvp' | 'invalidAvpValue'
  reason: string
}

/** A node that does not ask for a key goes on with the one that it has. */
export function mobileNodeKey(
  avps: NodeKeyAvps,
  lifetimeSeconds: number,
  request: RegistrationRequest,
  held: MobileHomeAssociation | undefined,
): { association: MobileHomeAssociation; replies: KeyGenerationReply[] } | KeyFault {
  const isNew = avps['MIP-MN-to-HA-MSA'] !== undefined || avps['MIP-HA-to-MN-MSA'] !== undefined
  return held && !isNew ? { association: held, replies: [] } : newKey(avps, lifetimeSeconds, request)
}

/**
 * The association made of a new key. The node learns the key from the nonce, the home agent's SPI from the same extension; its own SPI
 * it has put into the request (RFC 3957, section 6).
 */
function newKey(
  { 'MIP-MN-to-HA-MSA': toHomeAgent, 'MIP-HA-to-MN-MSA': toMobileNode }: NodeKeyAvps,
  lifetimeSeconds: number,
  { extensions }: RegistrationRequest,
): { association: MobileHomeAssociation; replies: KeyGenerationReply[] } | KeyFault {
  if (!toHomeAgent || !toMobileNode)
    return { fault: 'missingAvp', reason: 'MIP-MN-to-HA-MSA and MIP-HA-to-MN-MSA are needed' }
  const asked = findExtension(extensions, 'mn-ha-key-generation-request')
  const proof = findExtension(extensions, 'mobile-aaa-authentication')
  if (!asked || !proof)
    return { fault: 'invalidAvpValue', reason: 'MIP-Reg-Request does not ask for the key that came with it' }
  if (toMobileNode['MIP-Algorithm-Type'] !== hmacSha1)
    return { fault: 'invalidAvpValue', reason: 'the MIP-Algorithm-Type is not HMAC-SHA-1' }
  const key = toMobileNode['MIP-Session-Key']
  const homeAgentSpi = newSpi()
  const replayMethod = toHomeAgent['MIP-Replay-Mode']
  return {
    association: {
      fromMobileNode: { spi: homeAgentSpi, key, algorithm: 'hmac-sha1' },
      toMobileNode: { spi: asked.mobileNodeSpi, key, algorithm: 'hmac-sha1' },
      replay: replayMethod === replayMethods.nonces ? 'nonces' : 'timestamps',
    },
    replies: [
      {
        kind: 'mn-ha-key-generation-reply',
        lifetimeSeconds,
        aaaSpi: proof.spi,
        homeAgentSpi,
        algorithm: toHomeAgent['MIP-Algorithm-Type'],
        replayMethod,
        nonce: toHomeAgent['MIP-Nonce'],
      },
    ],
  }
}

/** The nonce of the key between node and foreign agent, on its way to the node; undefined when there is none. */
export function readForeignAgentNonce(
  { 'MIP-MN-to-FA-MSA': toForeignAgent, 'MIP-HA-to-FA-MSA': agents }: HarAvps,
  lifetimeSeconds: number,
  { extensions }: RegistrationRequest,
): KeyGenerationReply | KeyFault | undefined {
  if (!toForeignAgent) return undefined
  const asked = findExtension(extensions, 'mn-fa-key-generation-request')
  const proof = findExtension(extensions, 'mobile-aaa-authentication')
  if (!asked || !proof)
    return {
      fault: 'invalidAvpValue',
      reason: 'MIP-Reg-Request does not ask for the key of MIP-MN-to-FA-MSA',
    }
  const foreignAgentSpi = toForeignAgent['MIP-HA-to-FA-SPI'] ?? agents?.['MIP-HA-to-FA-SPI']
  if (foreignAgentSpi === undefined)
    return { fault: 'missingAvp', reason: 'MIP-HA-to-FA-SPI is needed with MIP-MN-to-FA-MSA' }
  return {
    kind: 'mn-fa-key-generation-reply',
    lifetimeSeconds,
    aaaSpi: proof.spi,
    foreignAgentSpi,
    algorithm: toForeignAgent['MIP-Algorithm-Type'],
    nonce: toForeignAgent['MIP-Nonce'],
  }
}

/** The association with the foreign agent, in which this agent chooses the SPI of what it receives; undefined when there is no key. */
export function readForeignAgentKey(
  { 'MIP-HA-to-FA-MSA': agents }: HarAvps,
  expiresAtMilliseconds: number,
): AgentAssociation | undefined {
  if (!agents) return undefined
  const { 'MIP-HA-to-FA-SPI': foreignAgentSpi, 'MIP-Session-Key': key } = agents
  return {
    incoming: { spi: newSpi(), key, algorithm: 'hmac-sha1' },
    outgoing: { spi: foreignAgentSpi, key, algorithm: 'hmac-sha1' },
    expiresAtMilliseconds,
  }
}

function newSpi(): number {
  return randomInt(smallestSpi, 2 ** 32)
}
