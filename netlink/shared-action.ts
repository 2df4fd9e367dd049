/**
 * Actions as objects of their own, which filters share by their index (`RTM_*ACTION`; linux/rtnetlink.h). `sharedAction()` puts one
 * in a filter; its counters are of all those filters together. One that a filter has can't be deleted.
 */
import {
  type ActionKind,
  actionAttributes,
  actionIndex,
  bitfield,
  type NewAction,
  renderAction,
  withIndex,
} from './action.ts'
import { addressFamily } from './address-family.ts'
import { attributes, type Decoded, type Encodable } from './attribute.ts'
import { arrayOf } from './attribute-array.ts'
import { u32 } from './attribute-type.ts'
import { commandLine } from './command-line.ts'
import { command, MessageFormat, type NetlinkRequest, NLM_F, query } from './message.ts'
import { malformed } from './netlink-error.ts'
import { padding, struct } from './struct.ts'

export const RTM_ACTION = { NEW: 48, DELETE: 49, GET: 50 } as const

/** With NLM_F_ROOT, a deletion is of all actions of the kind. */
const allFlag = 0x100
const largeDumpFlag = 1

const actionHeader = struct('tcamsg', { family: addressFamily, reserved: padding(3) })
const actionListAttributes = attributes({
  actions: [1, 'TCA_ROOT_TAB', arrayOf(actionAttributes)],
  /** Bits: 1 asks for messages as long as they fit instead of 32 actions each, 2 for kinds and indices only. */
  flags: [2, 'TCA_ROOT_FLAGS', bitfield],
  /** In answers: how many actions there are in `actions`. */
  count: [3, 'TCA_ROOT_COUNT', u32],
  /** Asks for those that were used within this time. */
  withinMilliseconds: [4, 'TCA_ROOT_TIME_DELTA', u32],
})

type ActionListValue = Encodable<typeof actionHeader> & Encodable<typeof actionListAttributes>
export const actionMessage = new MessageFormat(actionHeader, actionListAttributes, renderActions)
/** One message of answers: an action for `getAction`, some of all for `dumpActions`. */
export type ActionList = Decoded<typeof actionMessage>

export interface ActionKey {
  kind: ActionKind
  /** Among those of the kind, from 1 on. */
  index: number
}

export interface NewSharedAction {
  /** Among those of the kind, from 1 on; the kernel's choice when absent. */
  index?: number
  /** As `police()` and the others make it. */
  action: NewAction
}

/**
 * Answers with the action's index: the kernel chooses one where none is given, and else refuses with EEXIST where the kind has it.
 * Like `tc actions add action KIND ... [index N]`.
 */
export function addAction({ index, action }: NewSharedAction): NetlinkRequest<number> {
  const flags = NLM_F.CREATE | NLM_F.EXCL
  if (index !== undefined)
    return {
      ...command(actionMessage, RTM_ACTION.NEW, flags, { actions: [withIndex(action, index)] }),
      answer: () => index,
    }
  // Without NLM_F_ECHO the kernel tells the listeners of the group only what it has made.
  const request = query(actionMessage, RTM_ACTION.NEW, flags | NLM_F.ECHO, { actions: [action] })
  return {
    ...request,
    answer(reply) {
      const chosen = request.answer(reply).actions?.map((made) => actionIndex(made))[0]
      if (chosen === undefined) throw malformed(`"${request.render()}" was answered without an index`)
      return chosen
    },
  }
}

/** Changes the action for all filters that share it. Like `tc actions replace action KIND ... index N`. */
export function replaceAction({ index, action }: NewSharedAction & { index: number }) {
  const actions = [withIndex(action, index)]
  return command(actionMessage, RTM_ACTION.NEW, NLM_F.CREATE | NLM_F.REPLACE, { actions })
}

/** Refused with EPERM while a filter has it. Like `tc actions delete action KIND index N`. */
export function deleteAction({ kind, index }: ActionKey) {
  return command(actionMessage, RTM_ACTION.DELETE, 0, { actions: [{ kind, index }] })
}

/** Like `tc -s actions get action KIND index N`. */
export function getAction({ kind, index }: ActionKey) {
  return query(actionMessage, RTM_ACTION.GET, 0, { actions: [{ kind, index }] })
}

/** All actions of a kind, those of single filters too. Each item holds many. Like `tc -s actions show action KIND`. */
export function dumpActions({ kind }: { kind: ActionKind }) {
  const flags = { value: largeDumpFlag, selector: largeDumpFlag }
  return query(actionMessage, RTM_ACTION.GET, NLM_F.DUMP, { actions: [{ kind }], flags })
}

/** Deletes all actions of a kind that no filter has. Like `tc actions flush action KIND`. */
export function flushActions({ kind }: { kind: ActionKind }) {
  const flags = { value: largeDumpFlag, selector: largeDumpFlag }
  return command(actionMessage, RTM_ACTION.DELETE, allFlag, { actions: [{ kind }], flags })
}

function renderActions(type: number, flags: number, { actions = [] }: ActionListValue): string {
  return commandLine('tc actions', verbOf(type, flags), actions.map(renderAction))
}

function verbOf(type: number, flags: number): string {
  if (type === RTM_ACTION.DELETE) return flags & allFlag ? 'flush' : 'delete'
  if (type === RTM_ACTION.GET) return flags & NLM_F.DUMP ? 'show' : 'get'
  return flags & NLM_F.EXCL ? 'add' : 'replace'
}
