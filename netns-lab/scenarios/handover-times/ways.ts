/** The ways to move that are compared. */
import type { MobileNodeName } from '../../topology/hosts.ts'

export interface Way {
  id: string
  title: string
  node: MobileNodeName
  /** Of the home server's configuration. */
  forwardingSeconds: number
  /** The cells overlap, and the node registers with the new agent before it leaves the previous one. */
  overlapping: boolean
}

const forwardingSeconds = 1

export const ways: readonly Way[] = [
  {
    id: 'forwarding',
    title: 'the previous agent forwards',
    node: 'mn1',
    forwardingSeconds,
    overlapping: false,
  },
  {
    id: 'bicasting',
    title: 'cells overlap, the home agent sends to both agents',
    node: 'mn2',
    forwardingSeconds,
    overlapping: true,
  },
  { id: 'none', title: 'no smoothing', node: 'mn1', forwardingSeconds: 0, overlapping: false },
]

export const roundTripsMilliseconds = [0, 20, 100] as const
