import test from 'ava'
import { silentLog } from '#core/log.ts'
import { encodeNamedAvp } from '#wire/diameter/group.ts'
import { terminateSession } from './authorized-session.ts'
import { FakeHomeServer } from './fake-home-server.ts'
import { addressee, sessionTerms } from './session-terms.ts'

const terms = (lifetime: number | undefined, more: Record<string, number> = {}) =>
  sessionTerms({
    ...(lifetime === undefined ? {} : { 'Authorization-Lifetime': lifetime }),
    unknown: Object.entries(more).map(([name, value]) => encodeNamedAvp(name, value)),
  })

test('the service ends with lifetime and grace, or with the Session-Timeout', (t) => {
  const rows: [lifetime: number | undefined, more: Record<string, number>, authorizedSeconds: number][] = [
    [undefined, {}, Number.POSITIVE_INFINITY],
    [0xffff_ffff, { 'Auth-Grace-Period': 30 }, Number.POSITIVE_INFINITY],
    [600, {}, 600],
    [0, {}, 0],
    [600, { 'Auth-Grace-Period': 30 }, 630],
    [600, { 'Session-Timeout': 0 }, 600],
    [600, { 'Auth-Grace-Period': 30, 'Session-Timeout': 620 }, 620],
    [undefined, { 'Session-Timeout': 900 }, 900],
  ]
  for (const [lifetime, more, wanted] of rows) t.is(terms(lifetime, more).authorizedSeconds, wanted)
})

test('Session-Binding says which messages any server of the realm may get', (t) => {
  const server = { host: 'aaah.home.example', realm: 'home.example' }
  const any = { realm: 'home.example' }
  t.deepEqual(addressee({ server }, 'STR'), server)
  t.deepEqual(addressee({ server, ...terms(0, { 'Session-Binding': 2 }) }, 'STR'), any)
  t.deepEqual(addressee({ server, ...terms(0, { 'Session-Binding': 2 }) }, 'ACCOUNTING'), server)
  t.deepEqual(addressee({ server, ...terms(0, { 'Session-Binding': 4 }) }, 'ACCOUNTING'), any)
})

test('a server that keeps no state is not told of the end', async (t) => {
  const server = { host: 'aaah.home.example', realm: 'home.example' }
  for (const state of [0, 1]) {
    const diameter = new FakeHomeServer()
    const session = { sessionId: 'fa1;1;1', server, ...sessionTerms({ 'Auth-Session-State': state }) }
    await terminateSession({ diameter, log: silentLog }, session, 'mn1@home.example', 'DIAMETER_LOGOUT')
    t.is(diameter.sent('Session-Termination').length, 1 - state)
  }
})
