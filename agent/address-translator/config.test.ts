import test from 'ava'
import { describeIssues } from '#core/config.ts'
import { addressesOf, addressTranslatorConfig, isInPool } from './config.ts'
import { sampleRules } from './sample-rules.ts'

const [host] = sampleRules.hosts
const [pool] = sampleRules.pools
const masqueraded = (network: string, name = 'main') => ({ network, pool: name })
const rows: [what: string, change: object, fault: RegExp][] = [
  [
    'one address outside for two hosts',
    { hosts: [host, { ...host, inside: '192.0.2.12' }] },
    /hosts.1.outside: 198.51.100.11 has/,
  ],
  [
    'two for one host',
    { hosts: [host, { ...host, outside: '198.51.100.12' }] },
    /hosts.1.inside: 192.0.2.11 has/,
  ],
  [
    'a host in a pool',
    { hosts: [{ ...host, outside: '198.51.100.65' }] },
    /hosts.0.outside: 198.51.100.65 is in a pool/,
  ],
  [
    'two pools of one name',
    { pools: [pool, { ...pool, first: '10.0.0.1', last: '10.0.0.1' }] },
    /pools.1.name: there is/,
  ],
  [
    'a pool in another',
    { pools: [pool, { ...pool, name: 'b', first: '198.51.100.65' }] },
    /pools.1.first: 198.51.100.65 is/,
  ],
  [
    'a pool that ends before it begins',
    { pools: [{ ...pool, last: '198.51.100.1' }] },
    /pools.0: first must not/,
  ],
  [
    'ports that end before they begin',
    { pools: [{ ...pool, ports: { first: 9, last: 8 } }] },
    /ports: first must not/,
  ],
  ['too large a pool', { pools: [{ ...pool, last: '198.51.101.64' }] }, /pools.0: more than 256/],
  [
    'no such pool',
    { masquerade: [masqueraded('192.0.2.0/24', 'b')] },
    /masquerade.0.pool: there is no pool "b"/,
  ],
  [
    'networks in each other',
    { masquerade: [masqueraded('192.0.2.0/24'), masqueraded('192.0.2.128/25')] },
    /masquerade.1.network: is, in part/,
  ],
  [
    'no network',
    { masquerade: [masqueraded('192.0.2.1/24')] },
    /masquerade.0.network: must be an IPv4 network/,
  ],
]
for (const [what, change, fault] of rows)
  test(`refused: ${what}`, (t) => {
    const { error } = addressTranslatorConfig.safeParse({ ...sampleRules, ...change })
    t.regex(error ? describeIssues(error) : 'accepted', fault)
  })

test('the addresses of a pool', (t) => {
  const range = { first: '10.0.0.254', last: '10.0.1.1' }
  t.deepEqual(addressesOf(range), ['10.0.0.254', '10.0.0.255', '10.0.1.0', '10.0.1.1'])
  t.true(isInPool('10.0.1.0', range))
  t.false(isInPool('10.0.1.2', range))
})
