import test from 'ava'
import { DiameterError } from '#diameter/diameter-error.ts'
import { atRest, type LaidOut, timeout } from '../authorized-session/fake-home-server.ts'
import { aaa, asked, bronze, granted, home, nai, replyTo, stageAgent } from './staged-agent.ts'

test('a new node is authorized, then served by the kernel, then told', async (t) => {
  const { datapath, diameter, visits, intake, replies } = stageAgent()
  await intake.receive(asked())
  t.like(diameter.sent('AA-Mobile-Node'), [
    {
      'User-Name': nai,
      'Destination-Realm': 'home.example',
      'MIP-Mobile-Node-Address': '192.0.2.11',
      'MIP-Home-Agent-Address': '192.0.2.1',
      'MIP-MN-AAA-Auth': {
        'MIP-MN-AAA-SPI': 4100,
        'MIP-Auth-Input-Data-Length': 50,
        'MIP-Authenticator-Length': 16,
        'MIP-Authenticator-Offset': 50,
      },
      'MIP-Feature-Vector': 0,
      'Auth-Session-State': 0,
    },
  ])
  t.deepEqual(datapath.footprints.get(nai), {
    homeAddress: '192.0.2.11',
    tunnel: { encapsulation: 'ipip', local: '10.1.1.2', remote: '192.0.2.1' },
    downlink: bronze.downlink,
    delivery: { via: 'access', interface: 'access', linkAddress: '02:00:00:00:00:11' },
  })
  t.like(visits.visitors.of(nai), { homeAgent: '192.0.2.1', session: { acctMultiSessionId: 'ha;multi;1' } })
  t.deepEqual(replies, [
    { to: '02:00:00:00:00:11', destination: '192.0.2.11', code: 0, lifetimeSeconds: 600, low: 1n },
  ])
})

test('a node that asks for a key has that in the feature vector', async (t) => {
  const { diameter, intake } = stageAgent()
  await intake.receive(
    asked({ extensions: [{ kind: 'mn-ha-key-generation-request', mobileNodeSpi: 8193 }, aaa] }),
  )
  t.is(diameter.sent('AA-Mobile-Node')[0]?.['MIP-Feature-Vector'], 16)
})

const failures: [
  name: string,
  answer: LaidOut | ((request: Buffer) => LaidOut),
  code: number,
  terminations: number,
][] = [
  ['a wrong authenticator', { 'Result-Code': 4001 }, 67, 0],
  ['a subscriber who may not', { 'Result-Code': 5003 }, 65, 0],
  ['no home agent', { 'Result-Code': 4006 }, 66, 0],
  ['no way to the home server', { 'Result-Code': 3002 }, 80, 0],
  ['any other failure', { 'Result-Code': 5012 }, 64, 0],
  ['no answer in time', timeout(), 78, 1],
  ['no open peer', new DiameterError('diameter/no-route', 'no peer'), 80, 0],
  ['success without a reply', { 'Result-Code': 2001 }, 71, 1],
  ['a reply to another request', (request) => granted(replaced(request)), 71, 1],
  [
    'a reply without the name',
    (request) => granted(request, { 'MIP-Reg-Reply': replyTo(request, { extensions: [] }) }),
    97,
    1,
  ],
  ['no profile', (request) => granted(request, { 'Service-Profile': undefined }), 65, 1],
  [
    'the home agent’s own denial',
    (request) => ({
      'Result-Code': 4005,
      'MIP-Reg-Reply': replyTo(request, { code: 133, lifetimeSeconds: 0 }),
    }),
    133,
    0,
  ],
  ['a failure with an accepting reply', (request) => granted(request, { 'Result-Code': 5012 }), 64, 0],
]

function replaced(request: Buffer): Buffer {
  const other = Buffer.from(request)
  other.writeUInt32BE(99, 20)
  return other
}

for (const [what, answer, code, terminations] of failures)
  test(`${what}: the node gets code ${code}${terminations > 0 ? ', the session is ended' : ''}`, async (t) => {
    const { datapath, diameter, intake, replies } = stageAgent()
    diameter.answers.set('AA-Mobile-Node', (avps) =>
      typeof answer === 'function' ? answer(avps['MIP-Reg-Request'] as Buffer) : answer,
    )
    await intake.receive(asked())
    await atRest()
    t.deepEqual(
      replies.map((reply) => reply.code),
      [code],
    )
    t.is(diameter.sent('Session-Termination').length, terminations)
    t.deepEqual(datapath.lines, [])
  })

test('a kernel that refuses: code 66, and the home server is told', async (t) => {
  const { datapath, diameter, visits, intake, replies } = stageAgent()
  datapath.refusal = 'tc class replace: ENOSPC'
  await intake.receive(asked())
  await atRest()
  t.like(replies, [{ code: 66 }])
  t.is(visits.visitors.of(nai), undefined)
  t.like(diameter.sent('Session-Termination'), [
    { 'Session-Id': 'fa1.a.example;1;1', 'Termination-Cause': 2 },
  ])
  t.deepEqual(diameter.sent('Accounting'), [])
})

test('a request that asks too much is refused here, with the agent’s own limit', async (t) => {
  const { clock, diameter, intake, replies } = stageAgent()
  await intake.receive(asked({ lifetimeSeconds: 1801 }))
  clock.advance(1000)
  await intake.receive(asked({ careOfAddress: '10.1.2.2' }))
  t.like(replies, [{ code: 69, lifetimeSeconds: 1800 }, { code: 77 }])
  t.deepEqual(diameter.requests, [])
})

test('garbage and replies from the link are discarded', async (t) => {
  const { intake, replies } = stageAgent()
  const request = asked()
  await intake.receive({ ...request, payload: request.payload.subarray(0, 20) })
  await intake.receive({ ...request, payload: replyTo(request.payload) })
  await intake.receive({ ...request, payload: Buffer.alloc(0) })
  t.deepEqual(replies, [])
})

test('a node that asks again meanwhile is answered for its latest request', async (t) => {
  const { diameter, intake, replies } = stageAgent()
  const gate = Promise.withResolvers<void>()
  diameter.answers.set('AA-Mobile-Node', async (avps) => {
    await gate.promise
    return granted(avps['MIP-Reg-Request'] as Buffer)
  })
  const first = intake.receive(asked({ identification: 1n }))
  await intake.receive(asked({ identification: 2n }))
  await intake.receive(asked({ identification: 3n }))
  t.is(diameter.sent('AA-Mobile-Node').length, 1)
  gate.resolve()
  await first
  t.deepEqual(
    replies.map(({ low }) => low),
    [1n, 3n],
  )
})

test('beyond the limit of pending requests: code 66', async (t) => {
  const { diameter, intake, replies } = stageAgent({ limits: { pending: 1 } })
  const gate = Promise.withResolvers<void>()
  diameter.answers.set('AA-Mobile-Node', async (avps) => {
    await gate.promise
    return granted(avps['MIP-Reg-Request'] as Buffer)
  })
  const first = intake.receive(asked())
  t.true(intake.isFull)
  await intake.receive(asked({ nai: 'mn2@home.example', sourceLinkAddress: '02:00:00:00:00:12' }))
  t.like(replies, [{ to: '02:00:00:00:00:12', code: 66 }])
  gate.resolve()
  await first
  t.false(intake.isFull)
})

test('an answer that comes after the home server has ended the session begins no visit', async (t) => {
  const { datapath, diameter, intake, replies } = stageAgent()
  const gate = Promise.withResolvers<void>()
  diameter.answers.set('AA-Mobile-Node', async (avps) => {
    await gate.promise
    return granted(avps['MIP-Reg-Request'] as Buffer)
  })
  const under = intake.receive(asked())
  t.true(intake.abort('fa1.a.example;1;1'))
  t.false(intake.abort('fa1.a.example;1;2'))
  gate.resolve()
  await under
  await atRest()
  t.deepEqual([replies.length, datapath.lines.length], [0, 0])
  t.like(diameter.sent('Session-Termination'), [{ 'Session-Id': 'fa1.a.example;1;1' }])
})

test('a visitor registers again by its home agent, without the home server', async (t) => {
  const { clock, diameter, visits, intake, replies, homeAgentSays } = stageAgent()
  await intake.receive(asked())
  homeAgentSays(0, 300)
  clock.advance(300_000)
  await intake.receive(asked({ identification: 2n, extensions: [home] }))
  t.is(diameter.sent('AA-Mobile-Node').length, 1)
  t.like(replies[1], { code: 0, lifetimeSeconds: 300, low: 2n })
  t.is(visits.visitors.of(nai)?.expiresAtMilliseconds, clock.now() + 300_000)
})

test('a node that is no visitor is sent to its home server, but may take its binding back', async (t) => {
  const { intake, replies, homeAgentSays } = stageAgent()
  homeAgentSays(0, 0)
  await intake.receive(asked({ extensions: [home] }))
  await intake.receive(asked({ extensions: [home], lifetimeSeconds: 0 }))
  t.like(replies, [{ code: 65 }, { code: 0, lifetimeSeconds: 0 }])
})

test('a home agent that does not answer, denies, or forgets the name leaves the visitor as it is', async (t) => {
  const { clock, visits, intake, replies, homeAgentSays } = stageAgent()
  await intake.receive(asked())
  const before = visits.visitors.of(nai)?.expiresAtMilliseconds
  await intake.receive(asked({ extensions: [home] }))
  homeAgentSays(133, 0)
  await intake.receive(asked({ extensions: [home] }))
  clock.advance(1000)
  homeAgentSays(0, 600, { extensions: [] })
  await intake.receive(asked({ extensions: [home] }))
  t.deepEqual(
    replies.map(({ code }) => code),
    [0, 78, 133, 97],
  )
  t.is(visits.visitors.of(nai)?.expiresAtMilliseconds, before)
})

test('a deregistration ends the visit: kernel, last record, end of the session', async (t) => {
  const { datapath, diameter, visits, intake, replies, homeAgentSays } = stageAgent()
  await intake.receive(asked())
  datapath.counted.set(nai, { bytes: 5000n, packets: 10n, drops: 0n })
  homeAgentSays(0, 0)
  await intake.receive(asked({ extensions: [home], lifetimeSeconds: 0 }))
  await atRest()
  t.like(replies[1], { code: 0, lifetimeSeconds: 0 })
  t.is(datapath.footprints.size, 0)
  t.is(visits.visitors.of(nai), undefined)
  t.like(diameter.sent('Accounting'), [
    { 'Accounting-Record-Type': 2, 'Accounting-Record-Number': 0, 'Acct-Multi-Session-Id': 'ha;multi;1' },
    { 'Accounting-Record-Type': 4, 'Accounting-Record-Number': 1, 'Accounting-Output-Octets': 5000n },
  ])
  t.like(diameter.sent('Session-Termination'), [
    { 'Session-Id': 'fa1.a.example;1;1', 'Termination-Cause': 1 },
  ])
})

test('a new authorization of a visitor takes the place of its session, and counts from there', async (t) => {
  const { clock, datapath, diameter, visits, intake } = stageAgent()
  await intake.receive(asked())
  datapath.counted.set(nai, { bytes: 5000n, packets: 10n, drops: 0n })
  await intake.receive(asked({ identification: 2n, sourceLinkAddress: '02:00:00:00:00:99' }))
  await atRest()
  t.is(visits.visitors.of(nai)?.session.sessionId, 'fa1.a.example;1;2')
  t.is(visits.visitors.withSession('fa1.a.example;1;1'), undefined)
  t.like(datapath.footprints.get(nai)?.delivery, { linkAddress: '02:00:00:00:00:99' })
  t.like(diameter.sent('Session-Termination'), [{ 'Session-Id': 'fa1.a.example;1;1' }])
  datapath.counted.set(nai, { bytes: 5700n, packets: 11n, drops: 0n })
  clock.advance(10_000)
  await atRest()
  const records = diameter
    .sent('Accounting')
    .map((avps) => [avps['Session-Id'], avps['Accounting-Record-Type'], avps['Accounting-Output-Octets']])
  t.deepEqual(records, [
    ['fa1.a.example;1;1', 2, 0n],
    ['fa1.a.example;1;1', 4, 5000n],
    ['fa1.a.example;1;2', 2, 0n],
    ['fa1.a.example;1;2', 3, 700n],
  ])
})

test('a visit that is not prolonged expires, as does one whose authorization ends first', async (t) => {
  for (const [authorization, end, cause] of [
    [3600, 600, 8],
    [60, 60, 6],
  ] as const) {
    const { clock, datapath, diameter, intake } = stageAgent()
    diameter.answers.set('AA-Mobile-Node', (avps) =>
      granted(avps['MIP-Reg-Request'] as Buffer, {
        'Authorization-Lifetime': authorization,
        'Acct-Interim-Interval': 0,
      }),
    )
    await intake.receive(asked())
    clock.advance(end * 1000 - 1)
    await atRest()
    t.is(datapath.footprints.size, 1)
    clock.advance(1)
    await atRest()
    t.is(datapath.footprints.size, 0)
    t.like(diameter.sent('Session-Termination'), [{ 'Termination-Cause': cause }])
  }
})
