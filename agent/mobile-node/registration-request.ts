import type { Ipv4Address } from '#core/ipv4.ts'
import { sealExtension } from '#wire/mobile-ip/authentication.ts'
import type { Extension } from '#wire/mobile-ip/extension.ts'
import { encodeRegistration } from '#wire/mobile-ip/registration.ts'
import { noRegistrationFlags } from '#wire/mobile-ip/registration-request.ts'
import type { HomeAgentAssociation, NodeIdentity } from './association.ts'

export interface RequestContent {
  homeAddress: Ipv4Address
  homeAgent: Ipv4Address
  careOfAddress: Ipv4Address
  lifetimeSeconds: number
  identification: bigint
}

/** A request that the home server vouches for; it asks for a key with the home agent, to be used with `mobileNodeSpi`. */
export function encodeRequestToServer(
  content: RequestContent,
  node: NodeIdentity,
  mobileNodeSpi: number,
): Buffer {
  const bytes = encodeRequest(content, [
    { kind: 'mobile-node-nai', nai: node.nai },
    { kind: 'mn-ha-key-generation-request', mobileNodeSpi },
  ])
  return sealExtension(bytes, 'mobile-aaa-authentication', node.mobileAaa)
}

/** A request that the home agent itself can tell to be authentic. */
export function encodeRequestToHomeAgent(
  content: RequestContent,
  { nai }: NodeIdentity,
  { toHomeAgent }: HomeAgentAssociation,
): Buffer {
  const bytes = encodeRequest(content, [{ kind: 'mobile-node-nai', nai }])
  return sealExtension(bytes, 'mobile-home-authentication', toHomeAgent)
}

function encodeRequest(content: RequestContent, extensions: Extension[]): Buffer {
  return encodeRegistration({
    type: 'registration-request',
    flags: noRegistrationFlags,
    ...content,
    extensions,
  })
}
