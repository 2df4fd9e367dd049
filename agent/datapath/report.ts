import type { ClassReport, DatapathReport, TunnelReport } from '#wire/diameter/datapath-report.ts'
import { type ClassId, classIdValue } from './class-id.ts'
import type { LegsByTunnel, Shaper } from './desired-state.ts'
import type { SubscriberFootprint } from './footprint.ts'
import { owned } from './owned.ts'
import { tunnelName } from './tunnel-name.ts'

/** Where to find the tunnels and classes of a subscriber in the kernel. */
export function reportOf(
  { tunnel, alsoDeliverTo = [], uplink, reverseTunnel }: SubscriberFootprint,
  legs: LegsByTunnel,
  { shapedInterface, uplink: line }: Pick<Shaper, 'shapedInterface' | 'uplink'>,
): DatapathReport {
  const tunnels = [tunnel, ...alsoDeliverTo].map((way): TunnelReport => {
    const { encapsulation, remote, key } = way
    return { interface: tunnelName(way), encapsulation, remote, ...(key !== undefined && { key }) }
  })
  const marked = (name: string, id: ClassId): ClassReport => ({
    name,
    interface: shapedInterface,
    classId: classIdValue(id),
    mark: classIdValue(id),
  })
  const classes = [...legs.values()].flatMap(({ own, rest, flows }, copy): ClassReport[] => {
    if (copy > 0) return [marked(`copy/${copy}`, own)]
    const hasUplink = line && uplink && reverseTunnel?.style === 'direct'
    const mark = (classIdValue(own) | owned.uplinkMark) >>> 0
    return [
      marked('downlink', own),
      { name: 'rest', interface: shapedInterface, classId: classIdValue(rest) },
      ...[...flows].map(([name, id]) => marked(`flow/${name}`, id)),
      ...(hasUplink ? [{ name: 'uplink', interface: line.interface, classId: classIdValue(own), mark }] : []),
    ]
  })
  return { tunnels, classes }
}
