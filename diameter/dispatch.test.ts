import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { encodeNamedAvp } from '#wire/diameter/group.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { DiameterError } from './diameter-error.ts'
import { type Carrier, Dispatch } from './dispatch.ts'
import { answerHeader } from './error-answer.ts'
import { LocalIdentity } from './local-identity.ts'
import { RedirectCache } from './redirect.ts'

/** A neighbour that keeps what it gets until the test answers it or drops it. */
class FakePeer implements Carrier {
  readonly identity: string
  readonly realm: string
  readonly got: RawMessage[] = []
  isUsable = true
  readonly isDoubted = false
  #waiting = Promise.withResolvers<RawMessage>()
  readonly #clock: ManualClock

  constructor(identity: string, clock: ManualClock) {
    this.identity = identity
    this.realm = identity.slice(identity.indexOf('.') + 1)
    this.#clock = clock
  }

  supports(): boolean {
    return true
  }

  request(request: RawMessage, timeoutMilliseconds: number): Promise<RawMessage> {
    this.got.push(request)
    const waiting = Promise.withResolvers<RawMessage>()
    this.#waiting = waiting
    this.#clock.after(timeoutMilliseconds, () =>
      waiting.reject(new DiameterError('diameter/timeout', 'no answer in time')),
    )
    return waiting.promise
  }

  answer(code: number, more: Record<string, unknown> = {}): void {
    const last = this.got.at(-1)
    if (last === undefined) throw new Error(`${this.identity} was asked nothing`)
    const avps = Object.entries({ 'Origin-Host': this.identity, 'Result-Code': code, ...more })
    this.#waiting.resolve({
      ...answerHeader(last, code),
      avps: avps.flatMap(([name, value]) =>
        (Array.isArray(value) ? value : [value]).map((each) => encodeNamedAvp(name, each)),
      ),
    })
  }

  lose(): void {
    this.isUsable = false
    this.#waiting.reject(new DiameterError('diameter/closed', `${this.identity} is gone`))
  }
}

function setUp() {
  const clock = new ManualClock()
  const local = new LocalIdentity(
    {
      identity: 'fa1.a.example',
      realm: 'a.example',
      productName: 'test',
      applications: { relay: true },
    },
    0,
  )
  const first = new FakePeer('r1.home.example', clock)
  const second = new FakePeer('r2.home.example', clock)
  const aside = new FakePeer('fa9.a.example', clock)
  const dispatch = new Dispatch<FakePeer>({
    table: { local, routes: [], peers: [first, second, aside] },
    redirects: new RedirectCache(clock),
    clock,
    log: silentLog,
  })
  const send = (from?: FakePeer) =>
    dispatch.send(request, { timeoutMilliseconds: 5000, ...(from === undefined ? {} : { from }) })
  return { clock, first, second, aside, dispatch, send }
}

const request: RawMessage = {
  commandCode: 260,
  request: true,
  proxiable: true,
  error: false,
  retransmitted: false,
  applicationId: 2,
  hopByHop: 0,
  endToEnd: 77,
  avps: [
    encodeNamedAvp('Session-Id', 'fa1;1;1'),
    encodeNamedAvp('Destination-Realm', 'home.example'),
    encodeNamedAvp('User-Name', 'mn1@home.example'),
  ],
}

/** Promises only: no timers. */
async function atRest(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

test('what waits at a lost peer goes to another, with the T flag and the same end-to-end identifier', async (t) => {
  const { first, second, send } = setUp()
  const sent = send()
  t.like(first.got[0], { endToEnd: 77, retransmitted: false })
  first.lose()
  await atRest()
  t.like(second.got[0], { endToEnd: 77, retransmitted: true })
  second.answer(2001)
  t.like(await sent, { kind: 'answered', by: second })
})

test('without another peer our own request waits for one to open, as long as its time lasts', async (t) => {
  const { clock, first, second, dispatch, send } = setUp()
  second.isUsable = false
  const [sent, late] = [send(), send()]
  first.lose()
  await atRest()
  t.is(second.got.length, 0)
  clock.advance(1000)
  first.isUsable = true
  dispatch.peersChanged()
  await atRest()
  t.deepEqual(
    first.got.map(({ retransmitted }) => retransmitted),
    [false, false, true],
    'the first of the two was not lost, and still waits',
  )
  first.answer(2001)
  t.like(await late, { kind: 'answered' })
  clock.advance(4000)
  t.like(await t.throwsAsync(sent), { code: 'diameter/timeout' })

  second.isUsable = false
  const never = send()
  first.lose()
  await atRest()
  clock.advance(5000)
  t.like(await t.throwsAsync(never), { code: 'diameter/timeout' })
})

test('a forwarded request fails over as well, but is refused at once when no other peer leads there', async (t) => {
  const { first, second, aside, send } = setUp()
  const sent = send(aside)
  first.lose()
  await atRest()
  t.is(second.got[0]?.avps.length, request.avps.length + 1, 'one Route-Record, not two')
  second.lose()
  t.like(await sent, { kind: 'refuse', resultCode: 3002 })
})

test('3002, 3004 and 3005 make it try the alternate peer, without the T flag; other answers are final', async (t) => {
  for (const code of [3002, 3004, 3005]) {
    const { first, second, send } = setUp()
    const sent = send()
    first.answer(code)
    await atRest()
    t.like(second.got[0], { retransmitted: false })
    second.answer(2001)
    t.like(await sent, { by: second })
  }
  for (const code of [3001, 4001, 5012]) {
    const { first, second, send } = setUp()
    const sent = send()
    first.answer(code)
    t.like(await sent, { by: first })
    t.is(second.got.length, 0)
  }
  const { first, second, send } = setUp()
  const sent = send()
  first.answer(3004)
  await atRest()
  second.answer(3002)
  t.like(await sent, { kind: 'answered', by: second }, 'with nobody left, the last refusal is the answer')
})

test('after stop nothing fails over', async (t) => {
  const { first, second, dispatch, send } = setUp()
  const sent = send()
  dispatch.stop()
  first.lose()
  t.like(await t.throwsAsync(sent), { code: 'diameter/closed' })
  t.is(second.got.length, 0)
})

const redirectTo = (host: string, more: Record<string, number> = {}) => ({
  'Redirect-Host': [`aaa://${host}:3868;transport=tcp`],
  ...more,
})

test('a redirect is followed to a configured peer, and to no other', async (t) => {
  const { first, second, aside, send } = setUp()
  const sent = send()
  first.answer(3006, redirectTo('FA9.a.example'))
  await atRest()
  t.like(aside.got[0], { endToEnd: 77, retransmitted: false })
  aside.answer(2001)
  t.like(await sent, { by: aside })
  const again = send()
  t.is(first.got.length, 2, 'an indication without Redirect-Host-Usage is not cached')
  first.answer(3006, redirectTo('stranger.example'))
  const refused = await t.throwsAsync(again)
  t.like(refused, { code: 'diameter/redirect' })
  t.regex(refused.message, /^r1\.home\.example redirects .* to stranger\.example, .* diameter\.peers/)
  t.is(second.got.length, 0)
})

test('peers that redirect to each other end it', async (t) => {
  const { first, second, send } = setUp()
  const sent = send()
  first.answer(3006, redirectTo('r2.home.example'))
  await atRest()
  second.answer(3006, redirectTo('r1.home.example'))
  t.like(await t.throwsAsync(sent), { code: 'diameter/redirect' })
})

test('a cached redirect holds for what its usage says, until its time is over', async (t) => {
  for (const usage of [1, 2, 3, 4, 5, 6]) {
    const { clock, first, second, send } = setUp()
    const sent = send()
    const cache = { 'Redirect-Host-Usage': usage, 'Redirect-Max-Cache-Time': 60 }
    first.answer(3006, redirectTo('r2.home.example', cache))
    await atRest()
    second.answer(2001)
    await sent
    const cached = send()
    second.answer(2001)
    await cached
    t.deepEqual([first.got.length, second.got.length], [1, 2], `usage ${usage}`)
    clock.advance(60_000)
    const after = send()
    first.answer(2001)
    t.like(await after, { by: first })
  }
})
