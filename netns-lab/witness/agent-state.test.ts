import test from 'ava'
import { type AgentState, classAt, routesAndNeighbours, strays } from './agent-state.ts'

const htbClass = (classId: string) => ({
  ...{ classId, rateBitsPerSecond: 4e6, ceilBitsPerSecond: 4e6, priority: 0 },
  ...{ bytes: 0, packets: 0, drops: 0 },
  // Below a class of the root stands the qdisc of a group.
  ...(classId.startsWith('4340:') && { leaf: classId.replace('4340:', '') }),
})
const packetFilters = `filter protocol ip pref 4330 flower chain 0 handle 0x1 
  dst_ip 10.1.101.1
filter protocol ip pref 4340 flower chain 0 handle 0xc000020b 
  eth_type ipv4
  dst_ip 192.0.2.11
  not_in_hw
\taction order 1: skbedit  mark 1140850690 pipe
`
/** mn1 is served, its tunnel leads to 192.0.2.1. */
const served: AgentState = {
  tunnels: [{ interface: 'sj-1', local: '10.1.1.2', remote: '192.0.2.1' }],
  routes: [{ address: '192.0.2.11', device: 'access' }],
  neighbours: [{ address: '192.0.2.11', linkAddress: 'aa:bb:cc:dd:ee:ff' }],
  packetFilters,
  root: '4340',
  classes: ['4340:4400', '4400:1', '4400:2'].map(htbClass),
  markFilters: [
    { handle: 0x44000000, mask: 0xffff0000, classId: '4340:4400' },
    { handle: 2, mask: 0xffff, classId: '4400:2' },
  ],
}
const mine = [['192.0.2.11'], ['192.0.2.1']] as const

test('whoever is served needs all of it', (t) => {
  t.is(classAt(served, '192.0.2.11')?.classId, '4400:2')
  t.deepEqual(strays(served, ...mine), [])
})

test('of nobody, all of it is too much', (t) => {
  t.deepEqual(strays(served, [], []), [
    ...['tunnel to 192.0.2.1', 'route to 192.0.2.11', 'neighbour 192.0.2.11', 'filter for 192.0.2.11'],
    ...['class 4340:4400', 'class 4400:1', 'class 4400:2'],
    ...['mark of class 4340:4400', 'mark of class 4400:2'],
  ])
})

const surplus: readonly [string, Partial<AgentState>, RegExp][] = [
  [
    'a tunnel to another agent',
    { tunnels: [...served.tunnels, { interface: 'sj-2', local: '10.1.1.2', remote: '10.1.2.2' }] },
    /^tunnel to 10.1.2.2$/,
  ],
  [
    'a route',
    { routes: [...served.routes, { address: '192.0.2.12', device: 'access' }] },
    /^route to 192.0.2.12$/,
  ],
  [
    'a class beside the own',
    { classes: [...served.classes, htbClass('4400:3')] },
    /^1 classes more .* 4400:3$/,
  ],
  ['a class of another group', { classes: [...served.classes, htbClass('4340:4401')] }, /^class 4340:4401$/],
  [
    'a mark',
    { markFilters: [...served.markFilters, { handle: 3, mask: 0xffff, classId: '4400:3' }] },
    /^mark of class 4400:3$/,
  ],
  [
    'a filter',
    { packetFilters: packetFilters.replace('not_in_hw', 'not_in_hw\n  src_ip 192.0.2.12') },
    /^filter for 192.0.2.12$/,
  ],
]
for (const [what, change, expected] of surplus)
  test(`what nobody needs is told: ${what}`, (t) => {
    const found = strays({ ...served, ...change }, ...mine)
    t.is(found.length, 1)
    t.regex(found[0] ?? '', expected)
  })

test('routes and neighbours', (t) => {
  const text = `unicast 192.0.2.11 dev access table 434 scope link 
192.0.2.12 dev sj-iCgECAsAAAgE table 434 scope link 
192.0.2.11 dev access lladdr 96:24:05:e3:54:6c PERMANENT proto 143 
`
  t.deepEqual(routesAndNeighbours(text), {
    routes: [
      { address: '192.0.2.11', device: 'access' },
      { address: '192.0.2.12', device: 'sj-iCgECAsAAAgE' },
    ],
    neighbours: [{ address: '192.0.2.11', linkAddress: '96:24:05:e3:54:6c' }],
  })
})
