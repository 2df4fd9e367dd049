/** The golden Mobile IP messages, sorted by what a decoder makes of them. For tests only. */
import type { ErrorCode } from '#core/error.ts'
import { readVectors } from './vectors.ts'

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
export const decodable = vectors.filter(({ id }) => !(id in undecodable))
