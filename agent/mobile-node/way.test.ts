import test from 'ava'
import type { PointOfAttachment, Terms } from './point-of-attachment.ts'
import type { Way } from './registration-state.ts'
import { a1, atA1, atHome, homeLink, terms } from './sample.ts'
import { rowsOf } from './way.ts'

const ownAddress: PointOfAttachment = { kind: 'co-located', careOfAddress: '10.9.9.2', agent: undefined }

function lines(point: PointOfAttachment, wishes: Partial<Terms> = {}, more: Partial<Way> = {}): string[] {
  const home = { homeAddress: '192.0.2.11', homeAgent: '192.0.2.1' }
  const way = { ...home, point, terms: { ...terms, ...wishes }, greKeyToHomeAgent: undefined, ...more }
  return rowsOf(way, { device: 'radio0', gateway: '10.9.9.1' }).map(({ add }) => add.render())
}

const rows: [name: string, lines: string[], expected: string][] = [
  [
    'a foreign agent is the default router, by its link-layer address',
    lines(atA1),
    `
ip address replace 192.0.2.11/32 dev radio0
ip neighbour replace 10.1.101.1 lladdr 02:00:00:00:01:01 dev radio0 nud permanent protocol 143
ip route replace 10.1.101.1/32 dev radio0 proto 143 src 192.0.2.11
ip route replace default via 10.1.101.1 dev radio0 proto 143 metric 1 src 192.0.2.11 onlink`,
  ],
  [
    'encapsulating delivery: a tunnel to the foreign agent',
    lines(atA1, { reverseTunnel: 'encapsulating' }),
    `
ip address replace 192.0.2.11/32 dev radio0
ip neighbour replace 10.1.101.1 lladdr 02:00:00:00:01:01 dev radio0 nud permanent protocol 143
ip route replace 10.1.101.1/32 dev radio0 proto 143 src 192.0.2.11
ip link add TUNNEL up type ipip mode ipip local 192.0.2.11 remote 10.1.101.1 ttl 64 tos inherit
ip route replace default dev TUNNEL proto 143 metric 1 src 192.0.2.11`,
  ],
  [
    'a care-of address of its own: the tunnel ends here, and the visited router takes what is sent',
    lines(ownAddress),
    `
ip link add TUNNEL up type ipip mode ipip local 10.9.9.2 remote 192.0.2.1 ttl 64 tos inherit
ip address replace 192.0.2.11/32 dev TUNNEL
ip route replace default via 10.9.9.1 dev radio0 table 434 proto 143 src 192.0.2.11 onlink
ip rule add priority 4346 from 10.9.9.2/32 lookup 254 protocol 143
ip rule add priority 4347 lookup 434 protocol 143`,
  ],
  [
    'the same with a reverse tunnel, in GRE with a key for each direction',
    lines(ownAddress, { reverseTunnel: 'direct', encapsulation: 'gre', greKey: 7 }, { greKeyToHomeAgent: 9 }),
    `
ip link add TUNNEL up type gre local 10.9.9.2 remote 192.0.2.1 ttl 64 tos inherit ikey 7 okey 9
ip address replace 192.0.2.11/32 dev TUNNEL
ip route replace default dev TUNNEL table 434 proto 143 src 192.0.2.11
ip rule add priority 4346 from 10.9.9.2/32 lookup 254 protocol 143
ip rule add priority 4347 lookup 434 protocol 143`,
  ],
  [
    'at home: a host of its link',
    lines(atHome),
    `
ip address replace 192.0.2.11/32 dev radio0
ip route replace 192.0.2.0/24 dev radio0 proto 143 src 192.0.2.11
ip route replace default via 192.0.2.254 dev radio0 proto 143 metric 1 src 192.0.2.11 onlink`,
  ],
]

for (const [name, printed, expected] of rows)
  test(name, (t) => {
    t.deepEqual(
      printed.map((line) => line.replace(/sj-n[\w-]{11}/g, 'TUNNEL')),
      expected.trim().split('\n'),
    )
  })

test('a home agent that answers without a key gets none', (t) => {
  const [link] = lines(ownAddress, { encapsulation: 'gre', greKey: 7 })
  t.notRegex(link ?? '', /key/)
})

test('without a prefix the home agent itself is on the link', (t) => {
  const bare = { ...homeLink, prefix: undefined }
  t.true(
    lines({ ...atHome, kind: 'home', agent: bare }).includes(
      'ip route replace 192.0.2.1/32 dev radio0 proto 143 src 192.0.2.11',
    ),
  )
})

test('each part of a way has an id of its own, and each agent another tunnel', (t) => {
  const way = (agent: typeof a1): Way => ({
    homeAddress: '192.0.2.11',
    homeAgent: '192.0.2.1',
    point: { kind: 'foreign-agent', careOfAddress: '10.1.1.2', agent },
    terms: { ...terms, reverseTunnel: 'encapsulating' },
    greKeyToHomeAgent: undefined,
  })
  const ids = (agent: typeof a1) =>
    rowsOf(way(agent), { device: 'radio0', gateway: undefined }).map(({ id }) => id)
  t.is(new Set(ids(a1)).size, 5)
  t.not(ids(a1)[3], ids({ ...a1, address: '10.1.101.2' })[3])
})
