import { agentAdvertisementProtocol } from './agent-advertisement-json.ts'
import { diameterProtocol } from './diameter-json.ts'
import { mobileIpProtocol } from './mobile-ip-json.ts'
import type { Protocol } from './protocol.ts'

/** A row per protocol that `sojourn decode` and `sojourn encode` know. */
export const protocols = {
  'mobile-ip': mobileIpProtocol,
  diameter: diameterProtocol,
  'agent-advertisement': agentAdvertisementProtocol,
} as const satisfies Record<string, Protocol>

export type ProtocolName = keyof typeof protocols
export const protocolNames = Object.keys(protocols) as ProtocolName[]
