import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { mn1, testApi, token } from '#controller/operator-api/api-fixture.ts'
import type { OperatorApiOptions } from '#controller/operator-api/operator-api.ts'
import { certificate, keyPem } from '#diameter/test-certificates.ts'
import { formatEvent } from './event.ts'
import { runSojourn } from './run-sojourn.ts'
import { formatSessions } from './session.ts'

function folderOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-cli-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A home server's API, and what the command line needs to reach it. */
async function served(t: ExecutionContext, options: Partial<OperatorApiOptions> = {}) {
  const api = testApi({}, options)
  t.teardown(() => api.close())
  const tokenFile = join(folderOf(t), 'token')
  writeFileSync(tokenFile, token)
  const url = await api.listen({ host: '127.0.0.1', port: 0 })
  return { SOJOURN_API: url, SOJOURN_TOKEN_FILE: tokenFile }
}

test('bare: the status of the home server; without one, why, and exit code 1', async (t) => {
  const environment = await served(t)
  const { SOJOURN_API: server } = environment
  t.deepEqual(await runSojourn([], environment), {
    code: 0,
    output: `home server ${server}: ready\n1 subscribers, 1 of them registered\n`,
    errors: '',
  })
  const status = await runSojourn(['--json'], { SOJOURN_API: server })
  t.deepEqual(JSON.parse(status.output), { server, fault: null, subscribers: null, registered: null })
  const none = await runSojourn([], { SOJOURN_API: 'http://127.0.0.1:1' })
  t.is(none.code, 1)
  t.regex(none.output, /not ready: the operator API at http:\/\/127\.0\.0\.1:1 does not answer/)
})

test('a token is asked for, and comes from a file', async (t) => {
  const { SOJOURN_API } = await served(t)
  const { code, errors } = await runSojourn(['subscriber', 'list'], { SOJOURN_API })
  t.is(code, 2)
  t.is(errors, 'Error: a token is needed: --token-file FILE, or $SOJOURN_TOKEN_FILE\n')
})

test('tables for people, JSON for programs', async (t) => {
  const environment = await served(t)
  const table = await runSojourn(['subscriber', 'list'], environment)
  t.is(
    table.output,
    'NAI               HOME ADDRESS  PROFILE  REVISION  DECIDED BY  VISITS\n' +
      'mn1@home.example  192.0.2.11    bronze   1         base        -\n',
  )
  const json = await runSojourn(['subscriber', 'list', '--json'], environment)
  t.deepEqual(JSON.parse(json.output), [mn1])
})

test('an https server needs the authority of its certificate', async (t) => {
  const folder = folderOf(t)
  const [ca, tls] = [
    join(folder, 'ca.pem'),
    { certificate: join(folder, 'c.pem'), key: join(folder, 'k.pem') },
  ]
  writeFileSync(ca, certificate('authority', { isAuthority: true }))
  writeFileSync(tls.certificate, certificate('localhost'))
  writeFileSync(tls.key, keyPem)
  const environment = await served(t, { tls })
  const SOJOURN_API = environment.SOJOURN_API.replace('http://127.0.0.1', 'https://localhost')
  const list = ['subscriber', 'list', '--json']
  const stranger = await runSojourn(list, { ...environment, SOJOURN_API })
  t.is(stranger.code, 2)
  t.regex(stranger.errors, /unable to verify the first certificate/)
  const known = await runSojourn([...list, '--ca', ca], { ...environment, SOJOURN_API })
  t.deepEqual(JSON.parse(known.output), [mn1], known.errors)
})

test('profile check: every fault of every file with its path, exit code 1', async (t) => {
  const folder = folderOf(t)
  const [good, bad, missing] = ['good.yaml', 'bad.yaml', 'missing.yaml'].map((name) =>
    join(folder, name),
  ) as [string, string, string]
  writeFileSync(good, 'name: gold\nclass: { downlink: { rate: 20mbit } }\n')
  writeFileSync(
    bad,
    'name: gold\nclass: { downlink: { rate: fast, ceil: 1mbit } }\nflows: [{ colour: red }]\n',
  )
  t.deepEqual(await runSojourn(['profile', 'check', good]), {
    code: 0,
    output: `${good}: valid profile gold\n`,
    errors: '',
  })
  const { code, output, errors } = await runSojourn(['profile', 'check', bad, good, missing])
  t.is(code, 1)
  t.is(output, `${good}: valid profile gold\n`)
  t.regex(errors, /bad\.yaml is not a service profile:\n {2}class\.downlink\.rate: must be .* got "fast"\n/)
  t.regex(errors, /flows\.0.*colour/)
  t.regex(errors, /cannot read .*missing\.yaml/)
})

test('completion: the commands, and those below them', async (t) => {
  t.regex((await runSojourn(['completion'], { SHELL: '/bin/bash' })).output, /complete .*sojourn/)
  const words = async (...typed: string[]) =>
    (await runSojourn(['--get-yargs-completions', 'sojourn', ...typed])).output.split('\n')
  t.true((await words('')).includes('subscriber'))
  t.true((await words('subscriber', '')).includes('set-profile'))
})

test('sessions: a table', (t) => {
  const at = '2026-01-01T00:00:00.000Z'
  const session = { sessionId: 's', nai: mn1.nai, node: 'ha', startedAt: at, authorizedUntil: at }
  t.is(
    formatSessions([
      { ...session, role: 'home-agent', address: '192.0.2.1', revision: 7, failure: null },
      { ...session, role: 'foreign-agent', address: '10.1.1.2', revision: null, failure: 'no route' },
    ]),
    `NAI               ROLE           AGENT  ADDRESS    REVISION  SINCE                     AUTHORIZED UNTIL          LAST FAILURE
mn1@home.example  home-agent     ha     192.0.2.1  7         ${at}  ${at}  -
mn1@home.example  foreign-agent  ha     10.1.1.2   -         ${at}  ${at}  no route`,
  )
})

test('events: a line each', (t) => {
  const data = {
    at: '2026-01-01T00:00:00.000Z',
    kind: 'session',
    nai: mn1.nai,
    node: 'ha',
    cause: 'user moved',
  }
  t.is(
    formatEvent({ id: 'x-1', kind: 'session', data }),
    '2026-01-01T00:00:00.000Z session mn1@home.example node=ha cause="user moved"',
  )
  t.regex(formatEvent({ id: undefined, kind: 'reset', data: {} }), /missed/)
})
