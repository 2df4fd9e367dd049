import test from 'ava'
import { describeIssues } from '#core/config.ts'
import { diameterConfig } from './config.ts'

const peers = [{ identity: 'aaaf.a.example', connect: '10.1.0.2' }]

test('what a configuration leaves out has a value', (t) => {
  t.deepEqual(diameterConfig.parse({ security: 'none', peers }), {
    security: 'none',
    peers: [{ identity: 'aaaf.a.example', connect: '10.1.0.2', port: 3868, security: 'none' }],
    routes: [],
    requestTimeoutSeconds: 5,
    watchdogSeconds: 30,
  })
})

test('a peer has the security of the node unless it says otherwise, and the port that goes with it', (t) => {
  const credentials = { certificate: '/ha.pem', key: '/ha.key', authorities: '/ca.pem' }
  const { peers: seen, listen } = diameterConfig.parse({
    security: 'tls',
    credentials,
    listen: { address: '10.0.2.2' },
    peers: [
      { identity: 'a.example' },
      { identity: 'b.example', security: 'none' },
      { identity: 'c.example', security: 'inband-tls' },
      { identity: 'd.example', port: 5868 },
    ],
  })
  t.deepEqual(
    seen.map(({ security, port }) => `${security} ${port}`),
    ['tls 5658', 'none 3868', 'inband-tls 3868', 'tls 5868'],
  )
  t.deepEqual(listen, { address: '10.0.2.2', port: 3868, tlsPort: 5658 })
})

const rows: [title: string, config: object, fault: RegExp][] = [
  ['security has to be written out', { peers }, /security: must be "tls"/],
  [
    'a route leads to a peer',
    { security: 'none', peers, routes: [{ realm: '*', peer: 'x.example' }] },
    /routes\.0\.peer: "x\.example" is not/,
  ],
  [
    'a peer stands once',
    { security: 'none', peers: [...peers, { identity: 'AAAF.a.example' }] },
    /only once/,
  ],
  ['TLS needs credentials', { security: 'tls', peers }, /credentials: TLS with aaaf\.a\.example needs/],
  [
    'TLS with one peer needs credentials',
    { security: 'none', peers: [...peers, { identity: 'a.example', security: 'inband-tls' }] },
    /credentials: TLS with a\.example needs/,
  ],
  ['unknown keys are errors', { security: 'none', peers, peer: [] }, /"peer"/],
  ['a node needs a peer', { security: 'none', peers: [] }, /peers/],
]

for (const [title, config, fault] of rows)
  test(title, (t) => {
    const { error } = diameterConfig.safeParse(config)
    t.regex(error === undefined ? '' : describeIssues(error), fault)
  })
