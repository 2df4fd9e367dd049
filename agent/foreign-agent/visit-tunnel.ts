/** How packets of a visitor travel between this agent and its home agent, as request and reply have settled it. Pure. */
import type { Ipv4Address } from '#core/ipv4.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import type { RegistrationReply } from '#wire/mobile-ip/registration-reply.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { ReverseTunnel, Tunnel } from '../datapath/footprint.ts'
import { wantsEncapsulatingDelivery } from './request-checks.ts'

export interface VisitTunnel extends Pick<Tunnel, 'encapsulation' | 'key'> {
  reverseTunnel?: ReverseTunnel
}

/**
 * Bit G and the key that the home agent has assigned for both directions (RFC 6245, section 4); bit T and the delivery style (RFC 3024).
 * Before the reply is there the key is not known.
 * @param agentAddress where on the link a node's own tunnel ends
 */
export function visitTunnel(
  request: RegistrationRequest,
  { extensions }: Pick<RegistrationReply, 'extensions'>,
  agentAddress: Ipv4Address,
): VisitTunnel {
  const { gre, reverseTunnelling } = request.flags
  const assigned = gre ? findExtension(extensions, 'gre-key') : undefined
  return {
    encapsulation: gre ? 'gre' : 'ipip',
    ...(assigned && { key: assigned.key }),
    ...(reverseTunnelling && {
      reverseTunnel: wantsEncapsulatingDelivery(request)
        ? { style: 'encapsulating', agentAddress }
        : { style: 'direct' },
    }),
  }
}
