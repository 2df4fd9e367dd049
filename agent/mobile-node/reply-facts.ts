import { findExtension } from '#wire/mobile-ip/extension.ts'
import { isAccepted } from '#wire/mobile-ip/reply-code.ts'
import type { ReplyFacts } from './registration-state.ts'
import type { ReplyVerdict } from './reply-verification.ts'

/** Codes of a UDP tunnel reply below this agree (RFC 3519, section 3.1.2). */
const firstDecliningCode = 64

/**
 * What the machine wants to know of a reply that is believed. A foreign agent that cannot serve the node although its home agent accepts
 * says so in an extension (RFC 4636): that is its denial.
 */
export function replyFacts({
  reply,
  proven,
  offered,
  offeredForeign,
}: Extract<ReplyVerdict, { verdict: 'believed' }>): { reply: ReplyFacts; fromHomeAgent: boolean } {
  const { lifetimeSeconds, identification, homeAddress, homeAgent, extensions } = reply
  const foreignFault = findExtension(extensions, 'foreign-agent-error')?.status
  const udpTunnel = findExtension(proven, 'udp-tunnel-reply')
  return {
    fromHomeAgent: isAccepted(reply.code) || (reply.code >= 128 && reply.code !== 194),
    reply: {
      code: foreignFault && isAccepted(reply.code) ? foreignFault : reply.code,
      lifetimeSeconds,
      identification,
      homeAddress,
      homeAgent,
      keyLifetimeSeconds: offered?.lifetimeSeconds,
      foreignKeyLifetimeSeconds: offeredForeign?.lifetimeSeconds,
      challenge: findExtension(extensions, 'challenge')?.challenge,
      redirectedTo: findExtension(proven, 'redirected-home-agent')?.homeAgent,
      udpTunnel: udpTunnel !== undefined && udpTunnel.replyCode < firstDecliningCode,
      greKey: findExtension(proven, 'gre-key')?.key,
    },
  }
}
