import type { Session } from '../database/service-control-database.ts'
import type { ProfileState } from '../operator-api/resources.ts'

/** What one agent holds after a distribution. */
export interface NodeReport {
  role: Session['role']
  /** Read back from its kernel; undefined when it has not said yet. */
  revision: number | undefined
  milliseconds: number | undefined
  /** Why the newest revision is not in force there. */
  failure: string | undefined
}

export interface DistributionReport {
  /** The revision that should be in force. */
  revision: number
  state: ProfileState
  /** By Diameter identity. */
  nodes: Record<string, NodeReport>
}

export function distributionReport(revision: number, sessions: readonly Session[]): DistributionReport {
  const nodes = sessions.map(({ node, role, installation }): [string, NodeReport] => [
    node,
    {
      role,
      revision: installation.revision,
      milliseconds: installation.milliseconds,
      failure: installation.failure?.reason,
    },
  ])
  const states = nodes.map(([, node]) => node)
  return { revision, state: stateOf(revision, states), nodes: Object.fromEntries(nodes) }
}

function stateOf(revision: number, nodes: readonly NodeReport[]): ProfileState {
  const behind = nodes.filter((node) => node.revision !== revision)
  if (nodes.length === 0) return 'stored'
  if (behind.length === 0) return 'applied'
  if (behind.every(({ failure }) => failure === undefined)) return 'pending'
  return behind.length === nodes.length ? 'failed' : 'split'
}
