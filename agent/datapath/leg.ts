import { isDeepStrictEqual } from 'node:util'
import type { ClassId, ClassIds } from './class-id.ts'
import type { SubscriberFootprint } from './footprint.ts'
import { tunnelName } from './tunnel-name.ts'

/** The classes of a subscriber behind one tunnel. */
export interface Leg {
  own: ClassId
  /**
   * Below `own`, for what belongs to no flow. It is there from the start: the first class below another makes HTB drop what waits in
   * the queue of that.
   */
  rest: ClassId
  /** By name. */
  flows: ReadonlyMap<string, ClassId>
  /** Which of two places the packet filters are in: the next ones come into the other, before these are removed. */
  turn: 0 | 1
}

export interface Legs {
  /** By tunnel name, that of the footprint's `tunnel` first. */
  legs: ReadonlyMap<string, Leg>
  /** Ids that were not given out before, and those that are needed no more. */
  taken: ClassId[]
  dropped: ClassId[]
}

/** The classes for a footprint: those that the subscriber has stay what they are. @throws datapath/rejected when none is free */
export function planLegs(
  former: { legs: ReadonlyMap<string, Leg>; footprint: SubscriberFootprint } | undefined,
  footprint: SubscriberFootprint,
  classIds: ClassIds,
): Legs {
  const formerLegs = [...(former?.legs.values() ?? [])]
  const keepsFilters = isDeepStrictEqual(former?.footprint.filters, footprint.filters)
  const taken: ClassId[] = []
  const { tunnel, alsoDeliverTo = [], forwardTo } = footprint
  const tunnels = [tunnel, ...alsoDeliverTo, ...(forwardTo ? [forwardTo] : [])].map(tunnelName)
  try {
    const legs = new Map(
      tunnels.map((tunnel) => {
        const allocate = (): ClassId => {
          const id = classIds.allocate(tunnel)
          taken.push(id)
          return id
        }
        return [tunnel, planLeg(former?.legs.get(tunnel), footprint, { allocate, keepsFilters })]
      }),
    )
    const kept = new Set([...legs.values()].flatMap(classIdsOf))
    const dropped = formerLegs.flatMap(classIdsOf).filter((id) => !kept.has(id))
    return { legs, taken, dropped }
  } catch (error) {
    for (const id of taken) classIds.release(id)
    throw error
  }
}

function planLeg(
  former: Leg | undefined,
  { flows = [] }: SubscriberFootprint,
  { allocate, keepsFilters }: { allocate: () => ClassId; keepsFilters: boolean },
): Leg {
  const own = former?.own ?? allocate()
  const rest = former?.rest ?? allocate()
  const named = new Map(flows.map(({ name }) => [name, former?.flows.get(name) ?? allocate()]))
  const turn = former === undefined || keepsFilters ? (former?.turn ?? 0) : former.turn === 0 ? 1 : 0
  return { own, rest, flows: named, turn }
}

/** Of all its classes. */
export function classIdsOf({ own, rest, flows }: Leg): ClassId[] {
  return [own, rest, ...flows.values()]
}

/** Those that have a queue. */
export function leavesOf({ rest, flows }: Leg): ClassId[] {
  return [rest, ...flows.values()]
}
