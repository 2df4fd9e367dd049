import { actionTimes } from './action-times.ts'
import { genericAction, renderVerdict, type Verdict } from './action-verdict.ts'
import { attributes, type Encodable } from './attribute.ts'
import { u32 } from './attribute-type.ts'
import type { Words } from './command-line.ts'
import { struct } from './struct.ts'

/** Computes checksums anew, for packets that were edited: `TCA_CSUM_*` (linux/tc_act/tc_csum.h). */
export const csumAttributes = attributes({
  parameters: [
    1,
    'TCA_CSUM_PARMS',
    struct('tc_csum', {
      ...genericAction.fields,
      /** Bits: `TCA_CSUM_UPDATE_FLAG_*`. */
      updates: u32,
    }),
  ],
  times: [2, 'TCA_CSUM_TM', actionTimes],
})

const checksumBits = { ip4h: 1, icmp: 2, igmp: 4, tcp: 8, udp: 16, udplite: 32, sctp: 64 } as const
export type Checksum = keyof typeof checksumBits

/** Like `action csum ip4h tcp udp`. The verdict is `pass` when absent, as with `tc`. */
export function csum(checksums: readonly Checksum[], { verdict = 'pass' }: { verdict?: Verdict } = {}) {
  const updates = checksums.reduce((bits, checksum) => bits | checksumBits[checksum], 0)
  return { kind: 'csum', options: { csum: { parameters: { verdict, updates } } } }
}

export function renderCsum({ parameters = {} }: Encodable<typeof csumAttributes>): Words {
  const { updates = 0 } = parameters
  const checksums = Object.entries(checksumBits).filter(([, bit]) => (updates & bit) !== 0)
  return [checksums.map(([checksum]) => checksum), renderVerdict(parameters, 'pass')]
}
