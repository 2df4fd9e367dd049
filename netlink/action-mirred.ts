import { actionTimes } from './action-times.ts'
import { genericAction, renderVerdict, type Verdict } from './action-verdict.ts'
import { attributes, type Encodable } from './attribute.ts'
import { choice, interfaceIndex, s32 } from './attribute-type.ts'
import { deviceName, option, type Words } from './command-line.ts'
import { struct } from './struct.ts'

const directions = {
  'egress redirect': 1,
  'egress mirror': 2,
  'ingress redirect': 3,
  'ingress mirror': 4,
} as const

/** Sends the packet, or a copy of it, to another interface: `TCA_MIRRED_*` (linux/tc_act/tc_mirred.h). */
export const mirredAttributes = attributes({
  times: [1, 'TCA_MIRRED_TM', actionTimes],
  parameters: [
    2,
    'TCA_MIRRED_PARMS',
    struct('tc_mirred', {
      ...genericAction.fields,
      direction: choice(s32, directions),
      device: interfaceIndex,
    }),
  ],
})

export interface Mirred {
  /** `egress`: as if sent by the device; `ingress`: as if received. `mirror` sends a copy. */
  direction: keyof typeof directions
  device: string | number
  /** For `mirror`; `pipe` when absent. A redirected packet is gone. */
  verdict?: Verdict
}

/** Like `action mirred egress redirect dev DEVICE`. */
export function mirred({ direction, device, verdict = verdictByDefault(direction) }: Mirred) {
  return { kind: 'mirred', options: { mirred: { parameters: { verdict, direction, device } } } }
}

function verdictByDefault(direction: string | number | undefined): Verdict {
  return String(direction).endsWith('redirect') ? 'stolen' : 'pipe'
}

export function renderMirred({ parameters = {} }: Encodable<typeof mirredAttributes>): Words {
  const { direction, device } = parameters
  if (!direction) return []
  return [
    direction,
    option('dev', deviceName(device)),
    renderVerdict(parameters, verdictByDefault(direction)),
  ]
}
