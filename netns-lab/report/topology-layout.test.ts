import test from 'ava'
import { forms, formWidth } from './plot-frame.ts'
import type { Topology } from './report.ts'
import { sampleReport } from './sample-report.fixture.ts'
import { connect, layOutTopology, wiresBetween } from './topology-layout.ts'
import { topologyPicture } from './topology-picture.ts'

const withSecondDomain: Topology = {
  hosts: [
    ...sampleReport.topology.hosts,
    { name: 'fsb', role: 'foreign server', group: 'foreign domain B' },
    { name: 'b1', role: 'foreign agent', group: 'foreign domain B' },
  ],
  links: [...sampleReport.topology.links, { a: 'core', b: 'b1', kind: 'wire' }],
}

for (const form of forms)
  for (const [name, topology] of Object.entries({ sample: sampleReport.topology, withSecondDomain }))
    test(`no two hosts lie on each other: ${name}, ${form}`, (t) => {
      const { box, hosts, height } = layOutTopology(topology, form)
      t.is(hosts.size, topology.hosts.length)
      const placed = [...hosts.values()]
      for (const [index, a] of placed.entries()) {
        t.true(a.x - box.width / 2 >= 0 && a.x + box.width / 2 <= formWidth[form], `${a.name} across`)
        t.true(a.y - box.height / 2 >= 0 && a.y + box.height / 2 <= height, `${a.name} down`)
        for (const b of placed.slice(index + 1))
          t.true(
            Math.abs(a.x - b.x) >= box.width || Math.abs(a.y - b.y) >= box.height,
            `${a.name} on ${b.name}`,
          )
      }
    })

test('a tunnel takes the way of its packets', (t) => {
  t.deepEqual(wiresBetween(sampleReport.topology, 'ha', 'a2'), [
    ['ha', 'core'],
    ['core', 'a2'],
  ])
  t.deepEqual(wiresBetween({ hosts: [], links: [] }, 'ha', 'a2'), [['ha', 'a2']])
})

test('lines are upright or level where the boxes allow it', (t) => {
  const box = { width: 100, height: 40 }
  const host = (x: number, y: number) => ({ name: '', role: '', group: '', x, y })
  t.deepEqual(connect(host(0, 0), host(0, 200), box), { x1: 0, y1: 0, x2: 0, y2: 200 })
  t.deepEqual(connect(host(0, 0), host(60, 200), box), { x1: 38, y1: 0, x2: 38, y2: 200 })
  t.deepEqual(connect(host(0, 0), host(300, 0), box), { x1: 0, y1: 0, x2: 300, y2: 0 })
  t.deepEqual(connect(host(0, 0), host(300, 200), box), { x1: 0, y1: 0, x2: 300, y2: 200 })
})

test('the picture names every host and group and draws every link', (t) => {
  const text = topologyPicture(sampleReport.topology, 'wide').toString()
  for (const host of sampleReport.topology.hosts) t.true(text.includes(`>${host.name}</text>`), host.name)
  for (const group of ['home domain', 'foreign domain A', 'mobile nodes'])
    t.true(text.includes(`>${group}</text>`), group)
  // Two tunnels over two wires each, drawn as wall and inside; the other links once.
  t.is(text.match(/<path /g)?.length, 2 * 2 * 2 + sampleReport.topology.links.length - 2)
})
