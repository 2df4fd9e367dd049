import test from 'ava'
import { encodeNamedAvp } from '#wire/diameter/group.ts'
import { decodeRawMessage, type RawMessage } from '#wire/diameter/raw-message.ts'
import { malformedDiameterMessages } from '#wire/golden/diameter-vectors.ts'
import { type Applications, LocalIdentity } from './local-identity.ts'
import { type NextHop, route } from './routing.ts'

const agent: Applications = { auth: [2], accounting: [2] }

function localIdentity(identity: string, applications: Applications): LocalIdentity {
  const realm = identity.slice(identity.indexOf('.') + 1)
  return new LocalIdentity({ identity, realm, productName: 'test', applications }, 0)
}

function hop(identity: string, options: Partial<NextHop> = {}): NextHop {
  const realm = identity.slice(identity.indexOf('.') + 1)
  return { identity, realm, isUsable: true, isDoubted: false, supports: (id) => id === 2, ...options }
}

function request(avps: Record<string, string>, header: Partial<RawMessage> = {}): RawMessage {
  return {
    commandCode: 260,
    request: true,
    proxiable: true,
    error: false,
    retransmitted: false,
    applicationId: 2,
    hopByHop: 1,
    endToEnd: 1,
    avps: Object.entries(avps).map(([name, value]) => encodeNamedAvp(name, value)),
    ...header,
  }
}

const fa = hop('fa1.a.example')
const fa2 = hop('fa2.a.example')
const aaah = hop('aaah.home.example')
const other = hop('aaa.other.example', { realm: undefined })
const relay = {
  local: localIdentity('aaaf.a.example', { relay: true }),
  routes: [{ realm: '*', peer: 'aaa.other.example' }],
  peers: [fa, fa2, aaah, other],
}
const home = { local: localIdentity('aaah.home.example', agent), routes: [], peers: [hop('aaaf.a.example')] }

function seen(table: typeof relay | typeof home, message: RawMessage, from?: NextHop): string {
  const routed = route<NextHop>(table, message, from)
  switch (routed.kind) {
    case 'local':
      return 'local'
    case 'forward':
      return routed.to.identity
    case 'refuse':
      return String(routed.resultCode)
  }
}

test('what a relay does with a request', (t) => {
  const rows: [avps: Record<string, string>, wanted: string][] = [
    [{ 'Destination-Realm': 'home.example' }, 'aaah.home.example'],
    [{ 'Destination-Realm': 'HOME.example' }, 'aaah.home.example'],
    [{ 'Destination-Realm': 'far.example' }, 'aaa.other.example'],
    [{ 'Destination-Realm': 'home.example', 'Destination-Host': 'AAAH.home.example' }, 'aaah.home.example'],
    [{ 'Destination-Realm': 'a.example', 'Destination-Host': 'aaaf.a.example' }, 'local'],
    [{ 'Destination-Realm': 'home.example', 'Destination-Host': 'ha.home.example' }, 'aaah.home.example'],
    [{ 'Destination-Realm': 'home.example', 'Route-Record': 'aaaf.a.example' }, '3005'],
    [{ 'Destination-Realm': 'home.example', 'Route-Record': 'aaah.home.example' }, 'aaa.other.example'],
    [{ 'Destination-Realm': 'a.example', 'Destination-Host': 'fa1.a.example' }, '3002'], // back to who sent it
    [{ 'Destination-Realm': 'a.example', 'Destination-Host': 'fa2.a.example' }, 'fa2.a.example'],
    [{ 'Destination-Realm': 'a.example', 'Destination-Host': 'fa9.a.example' }, '3002'],
    [{ 'Destination-Realm': 'a.example' }, '3002'], // fa2 is of the realm, but no way into it
    [{}, 'local'],
  ]
  for (const [avps, wanted] of rows) t.is(seen(relay, request(avps), fa), wanted, JSON.stringify(avps))
})

test('a peer that is not open, or lacks the application, is no next hop', (t) => {
  const toHome = request({ 'Destination-Realm': 'home.example' })
  const closed = { ...relay, routes: [], peers: [hop('aaah.home.example', { isUsable: false })] }
  t.is(seen(closed, toHome, fa), '3002')
  t.is(seen({ ...relay, routes: [] }, { ...toHome, applicationId: 9 }, fa), '3002')
  t.is(seen(relay, { ...toHome, proxiable: false }, fa), '3002')
})

test('a peer on trial is taken where no other leads', (t) => {
  const toHome = request({ 'Destination-Realm': 'home.example' })
  const onTrial = hop('aaah.home.example', { isUsable: false, isDoubted: true })
  const mate = hop('aaah2.home.example')
  t.is(seen({ ...relay, routes: [], peers: [onTrial] }, toHome, fa), 'aaah.home.example')
  t.is(seen({ ...relay, routes: [], peers: [onTrial, mate] }, toHome, fa), 'aaah2.home.example')
})

test('a server takes nothing for another server of its realm', (t) => {
  const mate = hop('aaah2.home.example')
  const table = { ...home, peers: [...home.peers, mate] }
  const message = request({ 'Destination-Realm': 'home.example', 'Destination-Host': 'aaah2.home.example' })
  t.is(seen(table, message, home.peers[0]), '3002')
  t.is(seen(table, message), 'aaah2.home.example')
})

test('a redirect or a former try restricts where it goes', (t) => {
  const message = request({ 'Destination-Realm': 'home.example' })
  const to = (options: Parameters<typeof route<NextHop>>[3]) => {
    const routed = route<NextHop>(relay, message, fa, options)
    return routed.kind === 'forward' ? routed.to.identity : routed.kind
  }
  t.is(to({ except: new Set([aaah]) }), 'aaa.other.example')
  t.is(to({ except: new Set([aaah, other]) }), 'refuse')
  t.is(to({ hosts: ['unknown.example', 'FA2.a.example'] }), 'fa2.a.example')
  t.is(to({ hosts: ['fa1.a.example'] }), 'refuse', 'not back to who sent it')
})

test('a server serves its realm and its name, and relays for nobody', (t) => {
  const from = home.peers[0]
  t.is(seen(home, request({ 'Destination-Realm': 'home.example' }), from), 'local')
  t.is(seen(home, request({ 'Destination-Host': 'aaah.home.example' }), from), 'local')
  t.is(seen(home, request({ 'Destination-Realm': 'far.example' }), from), '3002')
})

test('a request of its own goes to the configured route first', (t) => {
  t.is(seen(home, request({ 'Destination-Realm': 'a.example' })), 'aaaf.a.example')
  t.is(seen(home, request({ 'Destination-Realm': 'b.example' })), '3002')
  const routes = [
    { realm: '*', peer: 'fa1.a.example' },
    { realm: 'home.example', peer: 'aaa.other.example' },
  ]
  t.is(seen({ ...relay, routes }, request({ 'Destination-Realm': 'home.example' })), 'aaa.other.example')
  t.is(seen({ ...relay, routes }, request({ 'Destination-Realm': 'b.example' })), 'fa1.a.example')
})

test('dia-bad-loop: an agent that finds itself in Route-Record answers 3005', (t) => {
  const loop = malformedDiameterMessages.find(({ id }) => id === 'dia-bad-loop')
  const message = decodeRawMessage(loop?.bytes ?? Buffer.alloc(0))
  const local = localIdentity('fa1.example.net', { relay: true })
  t.is(seen({ ...relay, local }, message, fa), '3005')
})
