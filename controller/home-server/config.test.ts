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

test('the database can be PostgreSQL, by its name or by its socket', (t) => {
  const database = (where: object) =>
    homeServerConfig.parse({
      ...example,
      database: { postgresql: { database: 'sojourn', user: 'aaah', ...where } },
    }).database
  t.deepEqual(database({ host: 'db.home.example', passwordFile: '/etc/sojourn/database' }), {
    postgresql: {
      host: 'db.home.example',
      port: 5432,
      database: 'sojourn',
      user: 'aaah',
      passwordFile: '/etc/sojourn/database',
    },
  })
  t.like(database({ socket: '/run/postgresql' }), { postgresql: { host: '/run/postgresql' } })
})

for (const [what, change, path] of [
  [
    'a database that is nowhere',
    { database: { postgresql: { database: 'd', user: 'u' } } },
    'database.postgresql',
  ],
  ['a time zone that does not exist', { timeZone: 'Europe/Bonn' }, 'timeZone'],
  ['an unknown key', { colour: 'red' }, ''],
  ['no home agent', { homeAgents: [] }, 'homeAgents'],
  ['security that is not written out', { diameter: { peers: [] } }, 'diameter.security'],
  ['tokens in the clear', { operatorApi: { address: '192.0.2.9', tokenFile: 'tokens' } }, 'operatorApi.tls'],
  ['a time of zero', { accountingInterimSeconds: 0 }, 'accountingInterimSeconds'],
] as const)
  test(`refused: ${what}`, (t) => {
    const issues = homeServerConfig.safeParse({ ...example, ...change }).error?.issues ?? []
    t.true(issues.some((issue) => issue.path.join('.') === path))
  })
