import test from 'ava'
import { describeIssues } from '#core/config.ts'
import { diameterConfig } from './config.ts'

const peers = [{ identity: 'aaaf.a.example', connect: '10.1.0.2' }]

test('what a configuration leaves out has a value', (t) => {
  t.deepEqual(diameterConfig.parse({ security: 'none', peers }), {
    security: 'none',
    peers: [{ identity: 'aaaf.a.example', connect: '10.1.0.2', port: 3868 }],
    routes: [],
    requestTimeoutSeconds: 5,
    watchdogSeconds: 30,
  })
})

const rows: [title: string, config: object, fault: RegExp][] = [
  ['security has to be written out', { peers }, /security: must be "none"/],
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
  ['unknown keys are errors', { security: 'none', peers, peer: [] }, /"peer"/],
  ['a node needs a peer', { security: 'none', peers: [] }, /peers/],
]

for (const [title, config, fault] of rows)
  test(title, (t) => {
    const { error } = diameterConfig.safeParse(config)
    t.regex(error === undefined ? '' : describeIssues(error), fault)
  })
