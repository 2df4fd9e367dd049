import type { ClassId, ClassIds } from './class-id.ts'
import type { SubscriberFootprint } from './footprint.ts'
import { tunnelName } from './tunnel-name.ts'

/** The classes of a subscriber behind one tunnel. */
export interface Leg {
  own: ClassId
  /** For what belongs to no flow, once there were flows: a class with others below it has no queue itself. */
  rest?: ClassId
  /** By name. */
  flows: ReadonlyMap<string, ClassId>
}

export interface Legs {
  /** By tunnel name, the one with the care-of address of the footprint first. */
  legs: ReadonlyMap<string, Leg>
  /** Ids that were not given out before, and those that are needed no more. */
  taken: ClassId[]
  dropped: ClassId[]
}

/** The classes for a footprint: those that the subscriber has stay what they are. @throws datapath/rejected when none is free */
export function planLegs(
  former: ReadonlyMap<string, Leg>,
  footprint: SubscriberFootprint,
  classIds: ClassIds,
): Legs {
  const taken: ClassId[] = []
  const tunnels = [footprint.tunnel, ...(footprint.alsoDeliverTo ?? [])].map(tunnelName)
  try {
    const legs = new Map(
      tunnels.map((tunnel) => {
        const allocate = (): ClassId => {
          const id = classIds.allocate(tunnel)
          taken.push(id)
          return id
        }
        return [tunnel, planLeg(former.get(tunnel), footprint, allocate)]
      }),
    )
    const kept = new Set([...legs.values()].flatMap(classIdsOf))
    const dropped = [...former.values()].flatMap(classIdsOf).filter((id) => !kept.has(id))
    return { legs, taken, dropped }
  } catch (error) {
    for (const id of taken) classIds.release(id)
    throw error
  }
}

function planLeg(former: Leg | undefined, { flows = [] }: SubscriberFootprint, allocate: () => ClassId): Leg {
  const own = former?.own ?? allocate()
  const rest = former?.rest ?? (flows.length > 0 ? allocate() : undefined)
  const named = new Map(flows.map(({ name }) => [name, former?.flows.get(name) ?? allocate()]))
  return { own, flows: named, ...(rest && { rest }) }
}

/** Of all its classes. */
export function classIdsOf({ own, rest, flows }: Leg): ClassId[] {
  return [own, ...(rest ? [rest] : []), ...flows.values()]
}

/** Those that have a queue. */
export function leavesOf({ own, rest, flows }: Leg): ClassId[] {
  return rest ? [rest, ...flows.values()] : [own]
}
