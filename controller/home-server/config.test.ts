import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { loadConfig } from '#core/config.ts'
import { temporaryFolder } from '../database/database-fixture.ts'
import { homeServerConfig } from './config.ts'

const example = {
  identity: 'aaah.home.example',
  realm: 'home.example',
  diameter: { security: 'none', peers: [{ identity: 'ha.home.example' }] },
  database: 'control.sqlite',
  homeAgents: [{ identity: 'HA.home.example', address: '192.0.2.1' }],
  operatorApi: { tokenFile: '/etc/sojourn/token' },
}

test('files are taken from the folder of the configuration; the rest has defaults', (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'home-server.yaml')
  writeFileSync(file, JSON.stringify(example))
  t.like(loadConfig(file, homeServerConfig), {
    database: join(folder, 'control.sqlite'),
    homeAgents: [{ identity: 'ha.home.example', address: '192.0.2.1' }],
    authorizationLifetimeSeconds: 7200,
    accountingInterimSeconds: 60,
    operatorApi: { address: '127.0.0.1', port: 8080, tokenFile: '/etc/sojourn/token' },
  })
})

for (const [what, change, path] of [
  ['an unknown key', { colour: 'red' }, ''],
  ['no home agent', { homeAgents: [] }, 'homeAgents'],
  ['security that is not written out', { diameter: { peers: [] } }, 'diameter.security'],
  ['a time of zero', { accountingInterimSeconds: 0 }, 'accountingInterimSeconds'],
] as const)
  test(`refused: ${what}`, (t) => {
    const issues = homeServerConfig.safeParse({ ...example, ...change }).error?.issues ?? []
    t.true(issues.some((issue) => issue.path.join('.') === path))
  })
