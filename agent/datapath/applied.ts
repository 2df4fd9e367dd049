import { type ClassId, classIdValue } from './class-id.ts'
import { DatapathError } from './datapath-error.ts'
import type { LegsByTunnel, Shaper } from './desired-state.ts'
import type { Applied, Shaping, SubscriberFootprint } from './footprint.ts'
import { type KernelObject, keyOf } from './kernel-object.ts'
import type { Held } from './read-back.ts'

/** What the kernel told of the subscriber's classes. @throws datapath/read-back when it told nothing of its own one */
export function appliedOf(
  { downlink, flows = [] }: SubscriberFootprint,
  legs: LegsByTunnel,
  { objects, held }: { objects: readonly KernelObject[]; held: ReadonlyMap<string, Held> },
  { shapedInterface, uplink: line }: Shaper,
): Applied {
  const [leg] = legs.values()
  if (leg === undefined) throw new DatapathError('datapath/read-back', 'the subscriber has no class')
  const shapingOf = (device: string, id: ClassId): Shaping | undefined => {
    const own = objects.find(
      (object) => object.kind === 'class' && object.device === device && object.classId === classIdValue(id),
    )
    return own && heldShaping(own, held)
  }
  const given = shapingOf(shapedInterface, leg.own)
  if (given === undefined)
    throw new DatapathError('datapath/read-back', 'the kernel did not tell the rates of the class')
  const uplink = line && shapingOf(line.interface, leg.own)
  const byName = flows.flatMap(({ name }) => {
    const id = leg.flows.get(name)
    const shaping = id && shapingOf(shapedInterface, id)
    return shaping ? [[name, shaping] as const] : []
  })
  return {
    // The kernel keeps no priority that counts for a class with others below it; that of the rest was read back too.
    downlink: { ...given, priority: downlink.priority },
    ...(uplink && { uplink }),
    ...(flows.length > 0 && { flows: Object.fromEntries(byName) }),
  }
}

function heldShaping(own: KernelObject, held: ReadonlyMap<string, Held>): Shaping | undefined {
  const settings = held.get(keyOf(own))?.settings
  if (settings === undefined) return undefined
  const { rateBitsPerSecond, ceilBitsPerSecond, priority } = settings
  return { rateBitsPerSecond, ceilBitsPerSecond, priority }
}
