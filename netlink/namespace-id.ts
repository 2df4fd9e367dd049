/** Numbers by which a network namespace knows others, as messages about links across them say (`RTM_*NSID`; linux/net_namespace.h). */
import { addressFamily } from './address-family.ts'
import { attributes, type Decoded } from './attribute.ts'
import { namespaceDescriptor, s32, u32 } from './attribute-type.ts'
import { commandLine } from './command-line.ts'
import { command, MessageFormat, type MessageInput, NLM_F, query } from './message.ts'
import { type Namespace, namespacePath } from './namespace.ts'
import { padding, struct } from './struct.ts'

export const RTM_NAMESPACE_ID = { NEW: 88, DELETE: 89, GET: 90 } as const

const namespaceIdHeader = struct('rtgenmsg', { family: addressFamily, reserved: padding(3) })
const namespaceIdAttributes = attributes({
  /** -1 in answers: the namespace has none yet. */
  id: [1, 'NETNSA_NSID', s32],
  process: [2, 'NETNSA_PID', u32],
  descriptor: [3, 'NETNSA_FD', namespaceDescriptor],
  targetId: [4, 'NETNSA_TARGET_NSID', s32],
  currentId: [5, 'NETNSA_CURRENT_NSID', s32],
})

type NamespaceIdInput = MessageInput<typeof namespaceIdHeader, typeof namespaceIdAttributes>
export const namespaceIdMessage = new MessageFormat(
  namespaceIdHeader,
  namespaceIdAttributes,
  renderNamespaceId,
)
export type NamespaceId = Decoded<typeof namespaceIdMessage>

/** Gives a namespace a number in that of the socket; refused with EEXIST where it has one. Like `ip netns set NAME ID`. */
export function setNamespaceId(namespace: Namespace, id: number) {
  return command(namespaceIdMessage, RTM_NAMESPACE_ID.NEW, 0, {
    descriptor: namespacePath(namespace),
    id,
  })
}

/** The number of a namespace, -1 where it has none. */
export function getNamespaceId(namespace: Namespace) {
  return query(namespaceIdMessage, RTM_NAMESPACE_ID.GET, 0, { descriptor: namespacePath(namespace) })
}

/** All numbers that the namespace of the socket knows. Like `ip netns list-id`. */
export function dumpNamespaceIds() {
  return query(namespaceIdMessage, RTM_NAMESPACE_ID.GET, NLM_F.DUMP, {})
}

function renderNamespaceId(type: number, _flags: number, { id, descriptor }: NamespaceIdInput): string {
  const name = String(descriptor ?? '').replace('/run/netns/', '')
  if (type === RTM_NAMESPACE_ID.NEW) return commandLine('ip netns set', name, id)
  return type === RTM_NAMESPACE_ID.GET
    ? commandLine('ip netns list-id', name)
    : commandLine('ip netns unset', id)
}
