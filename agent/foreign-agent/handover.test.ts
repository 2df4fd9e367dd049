/** Moves, as a foreign agent sees them from either side. Above 300 lines: short stories on one stage, and a table of what is refused. */
import test from 'ava'
import { encodeServiceProfile } from '#wire/diameter/service-profile.ts'
import { atRest, timeout } from '../authorized-session/fake-home-server.ts'
import {
  aaa,
  address,
  asked,
  bronze,
  careOfAddress,
  granted,
  homeAgent,
  nai,
  type Stage,
  stageAgent,
} from './staged-agent.ts'

const homeAddress = '192.0.2.11'
const previousCareOf = '10.1.2.2'
const previousSession = 'fa2.a.example;1;7'
const session = (number: number) => `fa1.a.example;1;${number}`
const downlink = 4_000_000
const local = `set ${homeAddress} ${careOfAddress}>${homeAgent} ${downlink}`

const previous = {
  'Session-Id': previousSession,
  'Destination-Realm': 'a.example',
  'Destination-Host': 'fa2.a.example',
  'Care-of-Address': previousCareOf,
  'Forwarding-Time': 2000,
}

/** The home server's announcement of the visit in this session. */
const announcement = (sessionId: string, changes: Record<string, unknown> = {}) => ({
  'Bound-Auth-Session-Id': sessionId,
  'MIP-Mobile-Node-Address': homeAddress,
  'MIP-Home-Agent-Address': homeAgent,
  'Previous-Visit': previous,
  ...encodeServiceProfile(bronze),
  ...changes,
})

/** The order to send the packets of a visit to another agent. */
const forwarding = (sessionId: string, changes: Record<string, unknown> = {}) => ({
  'Bound-Auth-Session-Id': sessionId,
  'User-Name': nai,
  'Origin-Host': 'fa2.a.example',
  'Origin-Realm': 'a.example',
  'Route-Record': ['fa2.a.example'],
  'Next-Visit': { 'Care-of-Address': previousCareOf, 'Forwarding-Time': 2000 },
  ...changes,
})

/** An agent whose home server waits with its answers until it is told. */
function stageMove(stage: Stage = {}) {
  const staged = stageAgent(stage)
  const { diameter, datapath } = staged
  const answers: ((outcome?: Record<string, unknown> | Error) => void)[] = []
  diameter.answers.set('AA-Mobile-Node', async (avps) => {
    const { promise, resolve } = Promise.withResolvers<Record<string, unknown> | Error | undefined>()
    answers.push(resolve)
    return (await promise) ?? granted(avps['MIP-Reg-Request'] as Buffer)
  })
  return {
    ...staged,
    /** The home server answers the latest registration: with a grant if not otherwise said. */
    async decide(outcome?: Record<string, unknown> | Error) {
      answers.pop()?.(outcome)
      await atRest()
    },
    /** A node comes and is served. */
    async visit() {
      const visiting = staged.intake.receive(asked({ extensions: [aaa] }))
      await atRest()
      answers.pop()?.()
      await visiting
      datapath.lines.length = 0
    },
    /** A node comes; its registration is under way. */
    async arrive(identification = 2n) {
      void staged.intake.receive(asked({ identification, extensions: [aaa] }))
      await atRest()
    },
    footprint: () => datapath.footprints.get(nai),
    orders: () =>
      diameter.requests.flatMap(({ command, avps, options }) =>
        command === 'QoS-Install' ? [{ avps, retransmitted: options.retransmitted ?? false }] : [],
      ),
  }
}

const tunnelTo = (remote: string) => ({ encapsulation: 'ipip', local: careOfAddress, remote })

test('the kernel stands, and the previous agent forwards, before the registration is accepted', async (t) => {
  const { arrive, order, decide, datapath, footprint, orders, replies, visits, clock } = stageMove()
  await arrive()
  t.like(await order(announcement(session(1))), {
    'Result-Code': 2001,
    ...encodeServiceProfile({ ...bronze }),
  })
  t.deepEqual(datapath.lines, [local])
  t.deepEqual(footprint()?.alsoAcceptFrom, [tunnelTo(previousCareOf)])
  await atRest()
  t.like(orders()[0]?.avps, {
    'Destination-Host': 'fa2.a.example',
    'Destination-Realm': 'a.example',
    'Bound-Auth-Session-Id': previousSession,
    'User-Name': nai,
    'Next-Visit': { 'Care-of-Address': careOfAddress, 'Forwarding-Time': 2000 },
  })
  t.deepEqual([replies, visits.visitors.size], [[], 0])

  const stood = footprint()
  await decide()
  t.is(replies[0]?.code, 0)
  t.deepEqual(footprint(), stood, 'nothing is left to change')
  t.is(orders().length, 1)
  clock.advance(5000)
  await atRest()
  t.is(footprint()?.alsoAcceptFrom, undefined, 'nothing comes from there any more')
  t.is(visits.visitors.of(nai)?.previous, undefined)
})

test('an agent of another realm is left to the home server', async (t) => {
  const { arrive, order, decide, footprint, orders } = stageMove()
  await arrive()
  const foreign = { 'Care-of-Address': '10.2.1.2', 'Forwarding-Time': 2000 }
  t.like(await order(announcement(session(1), { 'Previous-Visit': foreign })), { 'Result-Code': 2001 })
  await decide()
  t.deepEqual(footprint()?.alsoAcceptFrom, [tunnelTo('10.2.1.2')])
  t.deepEqual(orders(), [])
})

const failures: [what: string, outcome: Record<string, unknown> | Error][] = [
  ['is denied', { 'Result-Code': 4005, 'Error-Message': 'the home agent does not want to' }],
  ['is not answered', timeout()],
  ['is answered without use', { 'Result-Code': 2001 }],
]
for (const [what, outcome] of failures)
  test(`a registration that ${what} leaves nothing, and the previous agent delivers again`, async (t) => {
    const { arrive, order, decide, datapath, orders, visits, replies } = stageMove()
    await arrive()
    await order(announcement(session(1)))
    await decide(outcome)
    t.deepEqual(datapath.lines, [local, `remove ${homeAddress}`])
    t.deepEqual([visits.visitors.size, visits.moves.provisionOf(nai), replies.length], [0, undefined, 1])
    t.deepEqual(
      orders().map(({ avps }) => [avps['Bound-Auth-Session-Id'], avps['Next-Visit']?.['Forwarding-Time']]),
      [
        [previousSession, 2000],
        [previousSession, 0],
      ],
    )
    t.like(await order(announcement(session(1))), { 'Result-Code': 2002 }, 'too late: the session is over')
    t.is(datapath.footprints.size, 0)
  })

test('the home server ends the session before the node is served', async (t) => {
  const { arrive, order, decide, intake, datapath, visits } = stageMove()
  await arrive()
  await order(announcement(session(1)))
  t.true(intake.abort(session(1)))
  await decide()
  t.deepEqual([datapath.footprints.size, visits.visitors.size], [0, 0])
})

test('a kernel that refuses: the home server is told, and nobody is asked to forward', async (t) => {
  const { arrive, order, decide, datapath, orders } = stageMove()
  await arrive()
  datapath.refusal = 'no memory'
  const answer = await order(announcement(session(1)))
  t.is(answer['Result-Code'], 5012)
  t.regex(answer['Error-Message'] ?? '', /no memory/)
  await decide({ 'Result-Code': 5006 })
  t.deepEqual([datapath.footprints.size, orders()], [0, []])
})

test('an order that is not answered is sent once more, unless it was taken back', async (t) => {
  for (const isTakenBack of [false, true]) {
    const { arrive, order, decide, diameter, orders } = stageMove()
    const waiting: ((error: Error) => void)[] = []
    diameter.answers.set('QoS-Install', () => new Promise((resolve) => waiting.push(resolve)))
    await arrive()
    await order(announcement(session(1)))
    if (isTakenBack) await decide({ 'Result-Code': 4005 })
    waiting[0]?.(timeout())
    await atRest()
    waiting.at(-1)?.(timeout())
    await atRest()
    t.deepEqual(
      orders().map(({ avps, retransmitted }) => [avps['Next-Visit']?.['Forwarding-Time'], retransmitted]),
      isTakenBack
        ? [
            [2000, false],
            [0, false],
            [0, true],
          ]
        : [
            [2000, false],
            [2000, true],
          ],
    )
  }
})

const announcements: [what: string, changes: Record<string, unknown>, code: number][] = [
  ['by another realm than the node’s', { 'Origin-Realm': 'evil.example' }, 5002],
  ['without a home address', { 'MIP-Mobile-Node-Address': undefined }, 5005],
  ['without a home agent', { 'MIP-Home-Agent-Address': undefined }, 5005],
  ['without a profile', { 'Service-Profile': undefined, 'QoS-Resources': undefined }, 5005],
  ['of another home address', { 'MIP-Mobile-Node-Address': '192.0.2.99' }, 5003],
  ['of another home agent', { 'MIP-Home-Agent-Address': '192.0.2.2' }, 5003],
  [
    'of a visit before at this agent',
    { 'Previous-Visit': { ...previous, 'Care-of-Address': careOfAddress } },
    5004,
  ],
  ['of a group as agent', { 'Previous-Visit': { ...previous, 'Care-of-Address': '224.0.0.11' } }, 5004],
  [
    'of an agent elsewhere that is to be told',
    { 'Previous-Visit': { ...previous, 'Destination-Realm': 'b.example' } },
    5004,
  ],
  ['of half a session', { 'Previous-Visit': { ...previous, 'Destination-Host': undefined } }, 5004],
  ['of packets a day under way', { 'Previous-Visit': { ...previous, 'Forwarding-Time': 86_400_000 } }, 5004],
]
for (const [what, changes, code] of announcements)
  test(`an announcement ${what} is refused with ${code}, and the registration goes on`, async (t) => {
    const { arrive, order, decide, datapath, replies, orders } = stageMove()
    await arrive()
    t.like(await order(announcement(session(1), changes)), { 'Result-Code': code })
    t.deepEqual([datapath.lines, orders()], [[], []])
    await decide()
    t.is(replies[0]?.code, 0)
  })

test('a home address that another visitor has is not given away', async (t) => {
  const { visit, intake, order, datapath } = stageMove()
  await visit()
  const mallory = { nai: 'mallory@home.example', sourceLinkAddress: '02:00:00:00:00:66' }
  void intake.receive(asked({ ...mallory, extensions: [aaa] }))
  await atRest()
  t.like(await order(announcement(session(2))), { 'Result-Code': 5003 })
  t.deepEqual(datapath.lines, [])
})

test('there is nothing to announce for a deregistration', async (t) => {
  const { intake, order, datapath } = stageMove()
  void intake.receive(asked({ lifetimeSeconds: 0, extensions: [aaa] }))
  await atRest()
  t.like(await order(announcement(session(1))), { 'Result-Code': 5002 })
  t.deepEqual(datapath.lines, [])
})

test('a visitor’s packets follow it for the time that is ordered, then they are delivered here again', async (t) => {
  const { visit, order, footprint, visits, clock } = stageMove()
  await visit()
  const here = footprint()
  t.deepEqual(await order(forwarding(session(1))), { 'Result-Code': 2001 })
  t.deepEqual(footprint(), here && { ...here, forwardTo: tunnelTo(previousCareOf) })
  clock.advance(1999)
  await atRest()
  t.truthy(footprint()?.forwardTo)
  clock.advance(1)
  await atRest()
  t.deepEqual(footprint(), here)
  t.truthy(visits.visitors.of(nai), 'the visit ends by other means')

  await order(forwarding(session(1)))
  const foreign = { 'Care-of-Address': '10.2.1.2', 'Forwarding-Time': 0 }
  t.like(await order(forwarding(session(1), { 'Next-Visit': foreign })), { 'Result-Code': 2001 })
  t.truthy(footprint()?.forwardTo, 'another agent cannot give up what it has not got')
  const none = { 'Care-of-Address': previousCareOf, 'Forwarding-Time': 0 }
  t.like(await order(forwarding(session(1), { 'Next-Visit': none })), { 'Result-Code': 2001 })
  t.deepEqual(footprint(), here)
})

const next = (careOf: string, milliseconds = 2000) => ({
  'Next-Visit': { 'Care-of-Address': careOf, 'Forwarding-Time': milliseconds },
})
const home = { 'Origin-Host': 'aaah.home.example', 'Origin-Realm': 'home.example' }
const stranger = { 'Origin-Host': 'aaah.evil.example', 'Origin-Realm': 'evil.example' }
const orders: [what: string, changes: Record<string, unknown>, code: number, peer?: string][] = [
  ['of an agent of this realm', {}, 2001],
  ['of an agent that is a neighbour', { 'Route-Record': undefined }, 2001, 'fa2.a.example'],
  ['of the home server', { ...home, 'Route-Record': ['aaah.home.example'] }, 2001],
  ['of a stranger', { ...stranger, 'Route-Record': ['aaah.evil.example'] }, 5002],
  ['of a stranger in an agent’s name', { 'Route-Record': ['aaah.evil.example'] }, 5002],
  ['of a stranger with a forged way', { 'Route-Record': ['fa2.a.example', 'aaah.evil.example'] }, 5002],
  ['of a neighbour in an agent’s name', { 'Route-Record': undefined }, 5002, 'fa3.a.example'],
  ['of an agent for another node', { 'User-Name': 'mallory@evil.example' }, 5002],
  ['for nobody', { 'User-Name': undefined }, 5002],
  ['about a session that is not here', { 'Bound-Auth-Session-Id': 'fa1.a.example;1;99' }, 5002],
  ['about no session', { 'Bound-Auth-Session-Id': undefined }, 5005],
  ['to this agent itself', next(careOfAddress), 5004],
  ['to this agent’s access link', next(address), 5004],
  ['to the home agent', next(homeAgent), 5004],
  ['to the node itself', next(homeAddress), 5004],
  ['to a group', next('224.0.0.1'), 5004],
  ['to this host', next('127.0.0.1'), 5004],
  ['for a day', next(previousCareOf, 86_400_000), 5004],
]
for (const [what, changes, code, peer] of orders)
  test(`an order ${what} is answered with ${code}`, async (t) => {
    const { visit, order, datapath } = stageMove()
    await visit()
    t.like(await order(forwarding(session(1), changes), peer), { 'Result-Code': code })
    t.is(datapath.lines.length, code === 2001 ? 1 : 0)
  })

test('a kernel that does not forward: the visitor is served as before', async (t) => {
  const { visit, order, datapath, footprint, visits } = stageMove()
  await visit()
  datapath.refusal = 'no such device'
  t.like(await order(forwarding(session(1))), { 'Result-Code': 5012 })
  t.deepEqual([footprint()?.forwardTo, visits.visitors.of(nai)?.next], [undefined, undefined])
})

test('a node that comes back within the time of forwarding is served here at once', async (t) => {
  const { visit, arrive, order, decide, footprint, visits, diameter, datapath, clock } = stageMove()
  await visit()
  await order(forwarding(session(1)))
  await arrive()
  await order(announcement(session(2)))
  t.deepEqual([footprint()?.forwardTo, footprint()?.alsoAcceptFrom], [undefined, [tunnelTo(previousCareOf)]])
  t.like(await order(forwarding(session(1))), { 'Result-Code': 5002 }, 'a late order of the move before')
  clock.advance(2000)
  await atRest()
  t.truthy(footprint()?.alsoAcceptFrom, 'the end of the former forwarding changes nothing')

  datapath.counted.set(nai, { bytes: 700n, packets: 7n, drops: 0n })
  await visits.turns.take(nai, () => visits.release(nai, 'DIAMETER_ADMINISTRATIVE'))
  t.truthy(footprint(), 'the end of the former visit takes nothing from the next one')
  datapath.counted.set(nai, { bytes: 1000n, packets: 10n, drops: 0n })
  await decide()
  t.is(visits.visitors.of(nai)?.session.sessionId, session(2))
  t.is((await visits.visitors.of(nai)?.accounting.usage())?.octets, 300n, 'no byte is counted twice')
  t.deepEqual(
    diameter.sent('Session-Termination').map((avps) => avps['Session-Id']),
    [session(1)],
  )
})

test('a node that could not come back is forwarded for as before', async (t) => {
  const { visit, arrive, order, decide, footprint, visits } = stageMove()
  await visit()
  await order(forwarding(session(1)))
  const forwarded = footprint()
  await arrive()
  await order(announcement(session(2)))
  await decide({ 'Result-Code': 4005 })
  t.deepEqual(footprint(), forwarded)
  t.is(visits.visitors.of(nai)?.session.sessionId, session(1))
})

test('who registers from here through the home agent has not moved on', async (t) => {
  const { visit, order, intake, footprint, visits, homeAgentSays } = stageMove()
  await visit()
  await order(forwarding(session(1)))
  homeAgentSays(0, 600)
  const home = { kind: 'mobile-home-authentication', spi: 700, authenticator: Buffer.alloc(20) } as const
  await intake.receive(asked({ identification: 3n, extensions: [home] }))
  t.deepEqual([footprint()?.forwardTo, visits.visitors.of(nai)?.next], [undefined, undefined])
})
