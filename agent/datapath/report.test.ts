import test from 'ava'
import { ClassIds, classIdValue } from './class-id.ts'
import { desiredObjects, type Shaper } from './desired-state.ts'
import type { SubscriberFootprint } from './footprint.ts'
import { planLegs } from './leg.ts'
import { owned } from './owned.ts'
import { reportOf } from './report.ts'

const shaping = { rateBitsPerSecond: 20e6, ceilBitsPerSecond: 20e6, priority: 1 }
const tunnel = { encapsulation: 'gre', local: '192.0.2.1', remote: '10.1.1.2', key: 7 } as const
const flows = [
  { name: 'voice', match: { protocol: 'udp' }, shaping },
  { name: 'video', match: { protocol: 'tcp' }, shaping },
] as const
const bound: SubscriberFootprint = {
  homeAddress: '192.0.2.11',
  tunnel,
  downlink: shaping,
  delivery: { via: 'tunnel' },
}
const visit: SubscriberFootprint = {
  ...bound,
  uplink: shaping,
  reverseTunnel: { style: 'direct' },
  delivery: { via: 'access', interface: 'access', linkAddress: '02:00:00:00:00:aa' },
}
const homeAgent: Shaper = { shapedInterface: 'core0', shapedRateBitsPerSecond: 1e9 }
const foreignAgent: Shaper = {
  ...{ shapedInterface: 'access', shapedRateBitsPerSecond: 100e6 },
  access: { interface: 'access', addresses: ['10.1.101.1'] },
  uplink: { interface: 'core0', rateBitsPerSecond: 1e9 },
}

/** Beside what is reported, the classes of the subscriber among the objects that are made. */
function compare(footprint: SubscriberFootprint, shaper: Shaper) {
  const { legs } = planLegs(undefined, footprint, new ClassIds())
  const objects = desiredObjects(footprint, legs, shaper)
  const classes = objects.flatMap((object) =>
    object.kind === 'class' && object.parent !== owned.rootHandle
      ? [`${object.device} ${object.classId.toString(16)}`]
      : [],
  )
  return { report: reportOf(footprint, legs, shaper), classes }
}

for (const [what, footprint, shaper] of [
  ['home agent', bound, homeAgent],
  ['home agent with flows', { ...bound, flows }, homeAgent],
  ['foreign agent with a shaped uplink', { ...visit, flows }, foreignAgent],
] as const)
  test(`every class of a subscriber is reported once: ${what}`, (t) => {
    const { report, classes } = compare(footprint, shaper)
    const reported = report.classes.map((entry) => `${entry.interface} ${entry.classId.toString(16)}`)
    t.deepEqual(reported.toSorted(), classes.toSorted())
  })

test('a tunnel with its key, and classes by name', (t) => {
  const { report } = compare({ ...visit, flows }, foreignAgent)
  t.like(report.tunnels, [{ encapsulation: 'gre', remote: '10.1.1.2', key: 7 }])
  const own = classIdValue({ group: 0x4400, number: 1 })
  t.deepEqual(
    report.classes.map(({ name, interface: link, mark }) => [name, link, mark?.toString(16)]),
    [
      ['downlink', 'access', '44000001'],
      ['rest', 'access', undefined],
      ['flow/voice', 'access', '44000003'],
      ['flow/video', 'access', '44000004'],
      ['uplink', 'core0', 'c4000001'],
    ],
  )
  t.is(report.classes[0]?.classId, own)
})

test('a copy to another care-of address has a class of its own', (t) => {
  const footprint = { ...bound, alsoDeliverTo: [{ ...tunnel, remote: '10.1.2.2' }] }
  const { report } = compare(footprint, homeAgent)
  t.deepEqual(
    report.tunnels.map(({ remote }) => remote),
    ['10.1.1.2', '10.1.2.2'],
  )
  t.deepEqual(
    report.classes.map(({ name }) => name),
    ['downlink', 'rest', 'copy/1'],
  )
})
