import { actionAttributes, type NewAction, renderAction } from './action.ts'
import { attributes, type Encodable } from './attribute.ts'
import { arrayOf } from './attribute-array.ts'
import { text, u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { renderTcHandle } from './tc-handle.ts'

/**
 * Classification by the packet's mark: `TCA_FW_*` (linux/pkt_cls.h). The filter's handle is the mark looked
 * for, found by hash. All filters of one list have one mask. A list without any handle takes marks for class
 * ids, but its dump fails with EMSGSIZE.
 */
export const fwAttributes = attributes({
  classId: [1, 'TCA_FW_CLASSID', u32],
  inputDevice: [3, 'TCA_FW_INDEV', text],
  actions: [4, 'TCA_FW_ACT', arrayOf(actionAttributes)],
  mask: [5, 'TCA_FW_MASK', u32],
})

export interface Fw {
  classId?: number
  /** The bits of a packet's mark that are compared with the handle; all when absent. */
  mask?: number
  /** Name of the interface through which the packet came. */
  inputDevice?: string
  actions?: NewAction[]
}

/**
 * The type of a filter, for `addFilter`, whose handle is the mark. Like `tc filter add ... handle MARK/MASK
 * fw classid ID`.
 */
export function fw({ classId, mask, inputDevice, actions }: Fw) {
  return { kind: 'fw', options: { fw: { mask, classId, inputDevice, actions } } }
}

/** A list of one filter that takes each packet's mark for the id of its class. Like `tc filter add ... fw`. */
export function fwByClassId() {
  return { kind: 'fw' }
}

export function renderFw({ classId, actions = [], inputDevice }: Encodable<typeof fwAttributes>): Words {
  return [renderTcHandle('classid', classId), option('indev', inputDevice), actions.map(renderAction)]
}
