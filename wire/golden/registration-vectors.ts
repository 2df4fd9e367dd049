/** The golden registration messages, sorted by what a decoder makes of them. For tests only. */
import type { ErrorCode } from '#core/error.ts'
import { readVectors } from './vectors.ts'

/** Formats of issues to come. Until then they are refused like any other message type. */
export const notYet: Record<string, string> = {
  'mip-revocation-ha': 'registration revocation (RFC 3543)',
  'mip-revocation-ack': 'registration revocation (RFC 3543)',
  'mip-bad-revocation-auth': 'registration revocation (RFC 3543)',
  'mip-tunnel-data-keepalive': 'tunnel data (RFC 3519)',
  'mip-ro-binding-warning': 'route optimization (draft-ietf-mobileip-optim-11)',
  'mip-ro-binding-update': 'route optimization (draft-ietf-mobileip-optim-11)',
  'mip-ro-binding-ack': 'route optimization (draft-ietf-mobileip-optim-11)',
}

/** Of the malformed messages, those that no decoder may let through; the others are for the agents to refuse. */
export const undecodable: Record<string, ErrorCode> = {
  'mip-bad-truncated-fixed': 'wire/truncated',
  'mip-bad-ext-overrun-nai': 'wire/truncated',
  'mip-bad-auth-too-short': 'wire/truncated',
  'mip-bad-unknown-nonskippable': 'wire/unknown-extension',
  'mip-bad-type': 'wire/malformed',
  'mip-bad-empty': 'wire/truncated',
}

export const vectors = [...readVectors('mip'), ...readVectors('mip-malformed')]
export const decodable = vectors.filter(({ id }) => !(id in notYet) && !(id in undecodable))
