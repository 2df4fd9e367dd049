import type { EditPath } from '../profile/difference.ts'

const downlinkClasses = [
  'HTB class of the subscriber towards the core, at the home agent (changed in place: `tc class change`)',
  'HTB class of the subscriber on the access link, at the foreign agent (changed in place: `tc class change`)',
]
const uplinkClass = [
  'HTB class of the subscriber towards the core, or police action at the access ingress, at the foreign agent',
]

/** What of the datapath follows from a field of the profile. */
export const kernelObjects: Record<EditPath, readonly string[]> = {
  name: [],
  'class.downlink.rate': downlinkClasses,
  'class.downlink.ceil': downlinkClasses,
  'class.downlink.priority': downlinkClasses,
  'class.uplink.rate': uplinkClass,
  'class.uplink.ceil': uplinkClass,
  'class.dscp': [
    'pedit action of the flower filters that mark the packets of the subscriber, at both agents',
  ],
  filters: ['flower filters with gact actions, at both agents'],
  flows: ['HTB class below that of the subscriber and flower filter, of each flow, at both agents'],
  'distribution.onFailure': [],
  conditions: [],
}
