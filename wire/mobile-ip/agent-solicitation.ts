import { decodeIcmpMessage, encodeIcmpMessage, icmpTypes } from '../ip/icmp.ts'
import { WireError } from '../wire-error.ts'

/** The group that every mobility agent listens on (RFC 5944, section 2.3), and the one of all systems (RFC 1256). */
export const mobilityAgentsGroup = '224.0.0.11'
export const allSystemsGroup = '224.0.0.1'

/** Agent discovery stays on its link (RFC 5944, section 2.3). */
export const agentDiscoveryTimeToLive = 1

const bodyBytes = 4

/** The ICMP message of an Agent Solicitation, which is a router solicitation (RFC 5944, section 2.2). It carries no data. */
export function encodeAgentSolicitation(): Buffer {
  return encodeIcmpMessage({
    type: icmpTypes.routerSolicitation,
    code: 0,
    body: Buffer.alloc(bodyBytes),
  })
}

/** Checks that an ICMP message is a sound solicitation. @throws WireError wire/truncated, wire/malformed */
export function decodeAgentSolicitation(bytes: Buffer): { type: 'agent-solicitation' } {
  const { type, code, body } = decodeIcmpMessage(bytes)
  if (type !== icmpTypes.routerSolicitation || code !== 0)
    throw new WireError('wire/malformed', `ICMP type ${type}, code ${code} is no solicitation`, { offset: 0 })
  if (body.length < bodyBytes)
    throw new WireError('wire/truncated', 'the solicitation has less than 8 bytes', { offset: 4 })
  return { type: 'agent-solicitation' }
}
