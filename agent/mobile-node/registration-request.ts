import { sealExtension } from '#wire/mobile-ip/authentication.ts'
import { type Extension, registrationExtensions } from '#wire/mobile-ip/extension.ts'
import { encodeExtension } from '#wire/mobile-ip/extension-format.ts'
import { encodeRegistration } from '#wire/mobile-ip/registration.ts'
import { noRegistrationFlags, type RegistrationFlags } from '#wire/mobile-ip/registration-request.ts'
import { tunnelDataNextHeaders } from '#wire/mobile-ip/tunnel-data.ts'
import type { ForeignAgentAssociation, HomeAgentAssociation, NodeIdentity } from './association.ts'
import type { RequestPlan } from './registration-state.ts'

/** With what a request is proven, and which keys it asks for. */
export interface RequestKeys {
  identification: bigint
  /** Undefined: the home server vouches for the node. */
  homeAgent: HomeAgentAssociation | undefined
  foreignAgent: ForeignAgentAssociation | undefined
  /** Under which the node wants to hear its home agent, where it asks for a key. */
  mobileNodeSpi: number | undefined
  /** The same of the foreign agent. */
  mobileNodeForeignSpi: number | undefined
}

/**
 * The UDP payload of a request. Extensions in the order of RFC 5944, section 3.6.1.3, and RFC 4721, section 3.1: what the home agent or
 * home server is to read and its proof, then the challenge and the proof that is for the foreign agent.
 */
export function encodeRequest(plan: RequestPlan, identity: NodeIdentity, keys: RequestKeys): Buffer {
  const { homeAddress, homeAgent, careOfAddress, lifetimeSeconds } = plan
  const fixed = { homeAddress, homeAgent, careOfAddress, lifetimeSeconds }
  const start = encodeRegistration({
    type: 'registration-request',
    flags: flagsOf(plan),
    ...fixed,
    identification: keys.identification,
    extensions: [...forHome(plan, identity), ...keyRequests(keys)],
  })
  const proven = keys.homeAgent
    ? append(
        sealExtension(start, 'mobile-home-authentication', keys.homeAgent.toHomeAgent),
        forForeignAgent(plan),
      )
    : sealExtension(append(start, forForeignAgent(plan)), 'mobile-aaa-authentication', identity.mobileAaa)
  return keys.foreignAgent
    ? sealExtension(proven, 'mobile-foreign-authentication', keys.foreignAgent.toForeignAgent)
    : proven
}

function flagsOf({ point, terms, simultaneous }: RequestPlan): RegistrationFlags {
  if (point.kind === 'home') return noRegistrationFlags
  return {
    ...noRegistrationFlags,
    simultaneousBindings: simultaneous,
    decapsulationByMobileNode: point.kind === 'co-located',
    gre: terms.encapsulation === 'gre',
    reverseTunnelling: terms.reverseTunnel !== undefined,
  }
}

function forHome({ point, terms, requestedHomeAgent }: RequestPlan, { nai }: NodeIdentity): Extension[] {
  const extensions: Extension[] = [{ kind: 'mobile-node-nai', nai }]
  if (requestedHomeAgent !== undefined)
    extensions.push({ kind: 'requested-home-agent', homeAgent: requestedHomeAgent })
  if (point.kind !== 'co-located') return extensions
  if (terms.greKey !== undefined) extensions.push({ kind: 'gre-key', key: terms.greKey })
  if (terms.udpTunnel)
    extensions.push({
      kind: 'udp-tunnel-request',
      flags: { forced: false, registrationRequired: false },
      encapsulation: tunnelDataNextHeaders[terms.encapsulation],
    })
  return extensions
}

function keyRequests({ mobileNodeSpi, mobileNodeForeignSpi }: RequestKeys): Extension[] {
  const extensions: Extension[] = []
  if (mobileNodeSpi !== undefined) extensions.push({ kind: 'mn-ha-key-generation-request', mobileNodeSpi })
  if (mobileNodeForeignSpi !== undefined)
    extensions.push({ kind: 'mn-fa-key-generation-request', mobileNodeSpi: mobileNodeForeignSpi })
  return extensions
}

function forForeignAgent({ point, terms, challenge }: RequestPlan): Extension[] {
  const extensions: Extension[] = []
  if (point.kind === 'foreign-agent' && terms.reverseTunnel === 'encapsulating')
    extensions.push({ kind: 'encapsulating-delivery-style' })
  if (point.agent && point.kind !== 'home' && challenge) extensions.push({ kind: 'challenge', challenge })
  return extensions
}

function append(bytes: Buffer, extensions: Extension[]): Buffer {
  const encoded = extensions.map((extension) => encodeExtension(registrationExtensions, extension))
  return Buffer.concat([bytes, ...encoded])
}
