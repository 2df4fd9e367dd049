import type { Result } from '#netlink/socket.ts'
import { DatapathError } from './datapath-error.ts'
import { type KernelObject, keyOf, type PacketFilterObject } from './kernel-object.ts'
import { difference, expected, type Held } from './read-back.ts'

/** The interfaces that answers name by their index. */
export function namedDevices(objects: readonly KernelObject[]): string[] {
  const names = objects.flatMap((object) => {
    if (object.kind === 'route' || object.kind === 'reverse-route') return [object.device]
    return object.kind === 'packet-filter' ? mirrorDevices(object) : []
  })
  return [...new Set(names)]
}

function mirrorDevices({ fields }: PacketFilterObject): string[] {
  return (fields.actions ?? []).flatMap(({ options }) => {
    const device = options?.mirred?.parameters?.device
    return typeof device === 'string' ? [device] : []
  })
}

/** What the kernel says it holds of the objects, or the first thing that is not as it should be. */
export function readings(
  objects: readonly KernelObject[],
  devices: readonly string[],
  results: readonly Result<Held>[],
): { held: Map<string, Held>; fault?: Error } {
  const held = new Map<string, Held>()
  const indices = new Map<string, unknown>()
  for (const [position, result] of results.entries()) {
    if (!result.ok) return { held, fault: result.error }
    const object = objects[position]
    if (object) held.set(keyOf(object), result.reply)
    else indices.set(devices[position - objects.length] ?? '', result.reply.index)
  }
  for (const object of objects) {
    const wanted = expected(object, (device) => indices.get(device))
    const fault = difference(wanted, held.get(keyOf(object)) ?? {})
    if (fault !== undefined)
      return { held, fault: new DatapathError('datapath/read-back', `${keyOf(object)}: ${fault}`) }
  }
  return { held }
}
