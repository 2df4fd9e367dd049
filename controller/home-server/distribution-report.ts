import type { Session } from '../database/service-control-database.ts'
import type { NodeState, ProfileState } from '../operator-api/resources.ts'

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

/** `refusals`: of the revision before, by node, for which this one takes its place. */
export function distributionReport(
  revision: number,
  sessions: readonly Session[],
  refusals?: ReadonlyMap<string, string>,
): DistributionReport {
  const nodes = sessions.map(({ node, role, installation }): [string, NodeReport] => [
    node,
    {
      role,
      revision: installation.revision,
      milliseconds: installation.milliseconds,
      failure: installation.failure?.reason ?? refusals?.get(node),
    },
  ])
  const states = nodes.map(([, node]) => node)
  const state = stateOf(revision, states)
  return {
    revision,
    state: refusals && state === 'applied' ? 'rolled-back' : state,
    nodes: Object.fromEntries(nodes),
  }
}

/** Whether not all of them hold what was asked for, and not only because they have not answered yet. */
export function isFailure(state: ProfileState): boolean {
  return state === 'split' || state === 'failed' || state === 'rolled-back'
}

function stateOf(revision: number, nodes: readonly NodeReport[]): ProfileState {
  const behind = nodes.filter((node) => node.revision !== revision)
  if (nodes.length === 0) return 'stored'
  if (behind.length === 0) return 'applied'
  if (behind.every(({ failure }) => failure === undefined)) return 'pending'
  return behind.length === nodes.length ? 'failed' : 'split'
}

/** As the operator API shows it. */
export function describeNodes(nodes: DistributionReport['nodes']): Record<string, NodeState> {
  return Object.fromEntries(
    Object.entries(nodes).map(([identity, { role, revision, milliseconds, failure }]) => [
      identity,
      { role, revision: revision ?? null, milliseconds: milliseconds ?? null, failure: failure ?? null },
    ]),
  )
}
