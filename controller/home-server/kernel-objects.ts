import type { DatapathReport } from '#wire/diameter/datapath-report.ts'
import type { EditPath } from '../profile/difference.ts'

/** What the datapath of an agent has of a subscriber, as far as a profile decides it. `classes`: their names in a report. */
export const kernelParts = {
  own: {
    text: 'HTB class of the subscriber, changed in place, at both agents',
    classes: /^(downlink|copy\/\d+)$/,
  },
  rest: {
    text: 'HTB class below it for what belongs to no flow, changed in place, at both agents',
    classes: /^rest$/,
  },
  flows: {
    text: 'HTB class below it, queue, and fw and flower filter of each flow that is different, at both agents',
    classes: /^flow\//,
  },
  uplink: {
    text: 'HTB class of the uplink towards the core, changed in place, at a foreign agent that shapes it',
    classes: /^uplink$/,
  },
  police: {
    text: 'police action of the flower filter at the access ingress, at a foreign agent that does not shape the uplink',
    classes: undefined,
  },
  marks: {
    text: 'pedit action of the flower filters that mark the packets of the subscriber, at both agents',
    classes: undefined,
  },
  filters: { text: 'flower filters with gact actions, at both agents', classes: undefined },
} as const
export type KernelPart = keyof typeof kernelParts

/** Which of them follow from a field. What a flow takes over from the class is a difference of the field `flows`, too. */
export const partsOf: Record<EditPath, readonly KernelPart[]> = {
  name: [],
  'class.downlink.rate': ['own', 'rest'],
  'class.downlink.ceil': ['own', 'rest'],
  // The kernel keeps none for a class with others below it.
  'class.downlink.priority': ['rest', 'uplink'],
  'class.uplink.rate': ['uplink'],
  'class.uplink.ceil': ['uplink', 'police'],
  'class.dscp': ['marks'],
  filters: ['filters'],
  flows: ['rest', 'flows'],
  'distribution.onFailure': [],
  conditions: [],
  tariff: [],
}

/** In words, and with the classes that there are now, where agents have said so. */
export function kernelObjects(
  path: EditPath,
  agents: readonly { node: string; datapath: DatapathReport | undefined }[],
): string[] {
  return partsOf[path].map((part) => {
    const { text, classes } = kernelParts[part]
    const found = agents.flatMap(({ node, datapath }) =>
      (datapath?.classes ?? [])
        .filter(({ name }) => classes?.test(name))
        .map(({ interface: link, classId }) => `${node} ${link} ${formatClassId(classId)}`),
    )
    return found.length === 0 ? text : `${text}: ${found.join(', ')}`
  })
}

/** As `tc` writes it, such as 4400:1. */
export function formatClassId(classId: number): string {
  return `${(classId >>> 16).toString(16)}:${(classId & 0xffff).toString(16)}`
}
