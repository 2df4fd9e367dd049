import type { HtbClass } from '#netlink/class-htb.ts'
import { tcHandle } from '#netlink/tc-handle.ts'
import { type ClassId, classIdValue } from './class-id.ts'
import type { Flow, Shaping } from './footprint.ts'
import type { ClassObject, KernelObject } from './kernel-object.ts'
import type { Leg } from './leg.ts'
import { owned } from './owned.ts'

/** An interface that shapes what it sends. */
export interface Line {
  interface: string
  rateBitsPerSecond: number
}

const groupMask = 0xffff0000
const numberMask = 0x0000ffff

/** The classes on one line: without a rest the own one has the queue, and there are no flows. */
type Classes = Pick<Leg, 'own' | 'flows'> & Partial<Pick<Leg, 'rest'>>

/**
 * Classes and queues of a subscriber on one line, and the filters that lead there from the mark; those of the
 * group are the same for every subscriber behind the tunnel. @param markBits in every mark, beside the class
 */
export function shapingObjects(
  line: Line,
  { own, rest, flows: flowIds }: Classes,
  { shaping, flows = [], markBits = 0 }: { shaping: Shaping; flows?: readonly Flow[]; markBits?: number },
): KernelObject[] {
  const device = line.interface
  const child = tcHandle(own.group)
  const groupClass = owned.rootHandle + own.group
  const ownClass = classIdValue(own)
  const leaf = (id: ClassId): KernelObject => ({
    kind: 'qdisc',
    type: 'fq_codel',
    device,
    parent: classIdValue(id),
  })
  const below = (id: ClassId, settings: HtbClass): ClassObject => ({
    kind: 'class',
    device,
    parent: ownClass,
    classId: classIdValue(id),
    settings,
  })
  const numbered = (id: ClassId, target = id): KernelObject => ({
    kind: 'marked-filter',
    device,
    parent: child,
    mark: id.number,
    mask: numberMask,
    classId: classIdValue(target),
  })
  const parts = flows.flatMap((flow) => {
    const id = flowIds.get(flow.name)
    return id ? [{ id, settings: classSettings(flow.shaping) }] : []
  })
  const remainder = rest ? [{ id: rest, settings: classSettings(whatIsLeft(shaping, flows)) }] : []
  const divided = [...remainder, ...parts]
  return [
    {
      kind: 'class',
      device,
      parent: owned.rootHandle,
      classId: groupClass,
      settings: wholeLine(line.rateBitsPerSecond),
    },
    { kind: 'qdisc', type: 'htb', device, parent: groupClass, handle: child },
    {
      kind: 'class',
      device,
      parent: child,
      classId: ownClass,
      settings: classSettings(shaping),
      ...(rest && { inner: true }),
    },
    ...(rest ? [] : [leaf(own)]),
    ...divided.flatMap(({ id, settings }) => [below(id, settings), leaf(id)]),
    numbered(own, rest ?? own),
    ...parts.map(({ id }) => numbered(id)),
    {
      kind: 'marked-filter',
      device,
      parent: owned.rootHandle,
      mark: (child | markBits) >>> 0,
      mask: groupMask,
      classId: groupClass,
    },
  ]
}

/** The part of a subscriber's rate that its flows have not reserved: at least a hundredth, for a class must have a rate. */
function whatIsLeft(shaping: Shaping, flows: readonly Flow[]): Shaping {
  const reserved = flows.reduce((sum, flow) => sum + flow.shaping.rateBitsPerSecond, 0)
  const least = Math.ceil(shaping.rateBitsPerSecond / 100)
  return { ...shaping, rateBitsPerSecond: Math.max(shaping.rateBitsPerSecond - reserved, least) }
}

/** The HTB class of a subscriber or flow, its place in the kernel's terms aside. */
export function classSettings({ rateBitsPerSecond, ceilBitsPerSecond, priority }: Shaping): HtbClass {
  return {
    rateBitsPerSecond,
    ceilBitsPerSecond,
    priority,
    burstBytes: burstBytes(rateBitsPerSecond),
    ceilBurstBytes: burstBytes(ceilBitsPerSecond),
    quantumBytes: quantumBytes(rateBitsPerSecond),
  }
}

/**
 * A group may use the whole line: it is there to keep the number of classes in one qdisc small, not to shape.
 */
function wholeLine(rateBitsPerSecond: number): HtbClass {
  return classSettings({ rateBitsPerSecond, ceilBitsPerSecond: rateBitsPerSecond, priority: 0 })
}

/** 10 ms and one packet: much less costs throughput at high rates, much more at low ones. */
function burstBytes(rateBitsPerSecond: number): number {
  return Math.ceil(rateBitsPerSecond / 8 / 100) + 1600
}

/**
 * A policer has no queue, and drops what comes beyond its burst: 100 ms, and as much as segmentation offload
 * makes of one packet.
 */
export function policeBurstBytes(rateBitsPerSecond: number): number {
  return Math.ceil(rateBitsPerSecond / 8 / 10) + 65_536
}

/**
 * A tenth of a second's bytes as the kernel would choose, within the bounds outside of which it warns; never
 * less than a packet.
 */
function quantumBytes(rateBitsPerSecond: number): number {
  return Math.min(Math.max(Math.round(rateBitsPerSecond / 80), 1600), 200_000)
}
