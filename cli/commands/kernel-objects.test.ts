/**
 * What `profile diff` says of the kernel, held against what the datapath would do: controller and agent know nothing of each other, so
 * the test is here.
 */
import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import { ClassIds, classIdValue } from '#agent/datapath/class-id.ts'
import { desiredObjects, type Shaper } from '#agent/datapath/desired-state.ts'
import type { SubscriberFootprint } from '#agent/datapath/footprint.ts'
import { type KernelObject, keyOf } from '#agent/datapath/kernel-object.ts'
import { type Leg, planLegs } from '#agent/datapath/leg.ts'
import { owned } from '#agent/datapath/owned.ts'
import { type KernelPart, partsOf } from '#controller/home-server/kernel-objects.ts'
import type { EditPath } from '#controller/profile/difference.ts'

const shaping = { rateBitsPerSecond: 20e6, ceilBitsPerSecond: 50e6, priority: 1 }
const voice = {
  name: 'voice',
  match: { protocol: 'udp' },
  shaping: { ...shaping, rateBitsPerSecond: 1e6 },
} as const
const drop = { direction: 'downlink', match: { protocol: 'tcp' }, action: 'drop' } as const
const bound: SubscriberFootprint = {
  homeAddress: '192.0.2.11',
  tunnel: { encapsulation: 'ipip', local: '192.0.2.1', remote: '10.1.1.2' },
  downlink: shaping,
  dscp: 34,
  flows: [voice],
  filters: [drop],
  delivery: { via: 'tunnel' },
}
const visit: SubscriberFootprint = {
  ...bound,
  uplink: shaping,
  delivery: { via: 'access', interface: 'access', linkAddress: '02:00:00:00:00:aa' },
}
const access = { interface: 'access', addresses: ['10.1.101.1'] }
const foreignAgent: Shaper = { shapedInterface: 'access', shapedRateBitsPerSecond: 1e8, access }
const places: [Shaper, SubscriberFootprint][] = [
  [{ shapedInterface: 'core0', shapedRateBitsPerSecond: 1e9 }, bound],
  [foreignAgent, visit],
  [
    { ...foreignAgent, uplink: { interface: 'core0', rateBitsPerSecond: 1e9 } },
    { ...visit, reverseTunnel: { style: 'direct' } },
  ],
]

/** A row per field: a change of it, in the datapath's terms. */
const changes: Partial<Record<EditPath, (footprint: SubscriberFootprint) => SubscriberFootprint>> = {
  'class.downlink.rate': (footprint) => ({ ...footprint, downlink: { ...shaping, rateBitsPerSecond: 30e6 } }),
  'class.downlink.ceil': (footprint) => ({ ...footprint, downlink: { ...shaping, ceilBitsPerSecond: 60e6 } }),
  'class.downlink.priority': ({ uplink, ...footprint }) => ({
    ...footprint,
    downlink: { ...shaping, priority: 5 },
    ...(uplink && { uplink: { ...uplink, priority: 5 } }),
  }),
  'class.uplink.rate': ({ uplink, ...footprint }) => ({
    ...footprint,
    ...(uplink && { uplink: { ...uplink, rateBitsPerSecond: 30e6 } }),
  }),
  'class.uplink.ceil': ({ uplink, ...footprint }) => ({
    ...footprint,
    ...(uplink && { uplink: { ...uplink, ceilBitsPerSecond: 60e6 } }),
  }),
  'class.dscp': (footprint) => ({ ...footprint, dscp: 46 }),
  filters: (footprint) => ({ ...footprint, filters: [{ ...drop, match: { protocol: 'sctp' } }] }),
  flows: (footprint) => ({ ...footprint, flows: [voice, { ...voice, name: 'video' }] }),
}

/** To which part an object of the subscriber belongs. */
function partOf(object: KernelObject, leg: Leg, { shapedInterface, uplink }: Shaper): KernelPart | undefined {
  switch (object.kind) {
    case 'class':
      if (object.device === uplink?.interface) return 'uplink'
      if (object.classId === classIdValue(leg.own)) return 'own'
      return object.classId === classIdValue(leg.rest) ? 'rest' : 'flows'
    case 'qdisc':
    case 'marked-filter':
      return object.device === shapedInterface ? 'flows' : undefined
    case 'packet-filter': {
      const { priority } = object
      const kinds = (object.fields.actions ?? []).map(({ kind }) => kind)
      if (priority >= owned.lists.otherFilters && priority < owned.lists.accept) return 'filters'
      if (priority >= owned.lists.flows && priority < owned.lists.otherFilters)
        return kinds.includes('pedit') && leg.flows.size === 1 ? 'marks' : 'flows'
      return kinds.includes('police') ? 'police' : 'marks'
    }
    case 'link':
    case 'neighbour':
    case 'route':
    case 'rule':
    case 'reverse-route':
      return undefined
  }
}

for (const [path, change] of Object.entries(changes) as [EditPath, NonNullable<(typeof changes)[EditPath]>][])
  test(`what is said to change with ${path} changes in the kernel, and nothing else`, (t) => {
    const found = new Set<KernelPart | undefined>()
    for (const [shaper, before] of places) {
      const ids = new ClassIds()
      const former = planLegs(undefined, before, ids)
      const after = change(before)
      const { legs } = planLegs({ legs: former.legs, footprint: before }, after, ids)
      const [leg] = legs.values()
      if (!leg) return t.fail('there is no class')
      const objects = desiredObjects(before, former.legs, shaper)
      const there = new Map(objects.map((object) => [keyOf(object), object]))
      for (const object of desiredObjects(after, legs, shaper))
        if (!isDeepStrictEqual(shown(object), shown(there.get(keyOf(object)))))
          found.add(partOf(object, leg, shaper))
    }
    t.deepEqual([...found].sort(), [...partsOf[path]].sort())
  })

/** Of a class with others below it the kernel keeps the first priority. */
function shown(object: KernelObject | undefined): unknown {
  if (object?.kind !== 'class' || !object.inner) return object
  const { priority: _, quantumBytes: _quantum, ...settings } = object.settings
  return { ...object, settings }
}
