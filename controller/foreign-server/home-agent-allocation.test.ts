import test from 'ava'
import { silentLog } from '#core/log.ts'
import type { RequestBody } from '#diameter/handler.ts'
import { registration } from '#diameter/loopback-nodes.ts'
import type { CommandName } from '#wire/diameter/command.ts'
import { decodeRequest, toRawMessage } from '#wire/diameter/message.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { homeAgentAllocation } from './home-agent-allocation.ts'

const homeAgents = [
  { identity: 'ha1.a.example', address: '10.1.0.5' },
  { identity: 'ha2.a.example', address: '10.1.0.6' },
]
const server = { identity: 'aaaf.a.example', realm: 'a.example', log: silentLog }
/** `open`: which agents are connected. */
const policy = (open = ['HA1.a.example', 'ha2.a.example'], agents = homeAgents) =>
  homeAgentAllocation({ ...server, homeAgents: agents, openPeers: () => open })

function request(command: CommandName, avps: object): RawMessage {
  const header = {
    proxiable: true,
    error: false,
    retransmitted: false,
    applicationId: 2,
    hopByHop: 1,
    endToEnd: 2,
  }
  return toRawMessage({ ...header, command, request: true, avps })
}

const amr = (change: Partial<RequestBody<'AA-Mobile-Node'>> = {}, realm = 'A.example'): RawMessage => {
  const origin = {
    'Session-Id': 's;1;2',
    'Auth-Application-Id': 2,
    'Origin-Host': 'fa1.a.example',
    'Origin-Realm': realm,
  }
  return request('AA-Mobile-Node', { ...origin, ...registration, ...change })
}
const har = (change: object = {}): RawMessage =>
  request('Home-Agent-MIP', {
    'Session-Id': 's;1;3',
    'Auth-Application-Id': 2,
    'Origin-Host': 'aaah.home.example',
    'Origin-Realm': 'home.example',
    'Destination-Realm': 'a.example',
    'Destination-Host': 'AAAF.a.example',
    'User-Name': 'mn1@home.example',
    'Authorization-Lifetime': 60,
    'Auth-Session-State': 0,
    'MIP-Reg-Request': Buffer.from('request'),
    'MIP-Feature-Vector': 128,
    ...change,
  })

const offer = {
  'MIP-Candidate-Home-Agent-Host': 'ha1.a.example',
  'MIP-Originating-Foreign-AAA': { 'Origin-Realm': 'a.example', 'Origin-Host': 'aaaf.a.example' },
}
const nothing = { 'MIP-Candidate-Home-Agent-Host': undefined, 'MIP-Originating-Foreign-AAA': undefined }
const offers: [what: string, open: string[] | undefined, asked: RawMessage, said: object][] = [
  [
    'any home agent is wanted',
    undefined,
    amr({ 'MIP-Feature-Vector': 4 | 16 }),
    { 'MIP-Feature-Vector': 4 | 8 | 16, ...offer },
  ],
  [
    'the first is away',
    ['ha2.a.example'],
    amr({ 'MIP-Feature-Vector': 4 }),
    { ...offer, 'MIP-Candidate-Home-Agent-Host': 'ha2.a.example' },
  ],
  ['all are away', [], amr({ 'MIP-Feature-Vector': 4 }), { 'MIP-Feature-Vector': 4, ...nothing }],
  [
    'one of the home realm is wanted',
    undefined,
    amr({ 'MIP-Feature-Vector': 2 | 4 }),
    { 'MIP-Feature-Vector': 6, ...nothing },
  ],
  ['none is wanted', undefined, amr({ 'MIP-Feature-Vector': 1 }), { 'MIP-Feature-Vector': 1, ...nothing }],
  [
    'one of ours is named',
    undefined,
    amr({ 'MIP-Feature-Vector': 16, 'MIP-Home-Agent-Address': '10.1.0.5' }),
    { 'MIP-Feature-Vector': 16 | 128, ...offer },
  ],
  [
    'the agent speaks in our name',
    undefined,
    amr({ 'MIP-Feature-Vector': 8 | 128, ...offer }),
    { 'MIP-Feature-Vector': 0, ...nothing },
  ],
]
for (const [what, open, asked, said] of offers)
  test(`AMR: ${what}`, (t) => {
    const result = policy(open)(asked)
    if ('resultCode' in result) return t.fail(result.errorMessage)
    t.like(decodeRequest('AA-Mobile-Node', result).avps, { ...registration, ...said })
  })

test('what is none of our business passes as it came', (t) => {
  const passing = [
    amr({ 'MIP-Feature-Vector': 4 | 8 }, 'b.example'),
    har({ 'Destination-Host': 'ha1.a.example' }),
    request('Session-Termination', {
      'Session-Id': 's;1;2',
      'Origin-Host': 'fa1.a.example',
      'Origin-Realm': 'a.example',
      'Destination-Realm': 'home.example',
      'Auth-Application-Id': 2,
      'Termination-Cause': 1,
    }),
  ]
  for (const each of passing) t.is(policy()(each), each)
  const any = amr({ 'MIP-Feature-Vector': 4 | 8 })
  t.is(policy([], [])(any), any, 'a server without home agents is a relay')
})

test('an AVP that nobody knows stays, and all stay in their order', (t) => {
  const unknown = { code: 4999, flags: 0, vendorId: 0, data: Buffer.from('kept') }
  const before = har({ 'MIP-Home-Agent-Address': '10.1.0.5' })
  const after = policy()({ ...before, avps: [...before.avps, unknown] })
  if ('resultCode' in after) return t.fail(after.errorMessage)
  t.deepEqual(
    after.avps.map(({ code }) => code),
    [...before.avps, unknown].map(({ code }) => code),
  )
  t.deepEqual(after.avps.at(-1), unknown)
  t.is(after.endToEnd, before.endToEnd)
})

const allocations: [what: string, open: string[] | undefined, asked: object, chosen: string | number][] = [
  ['the first', undefined, {}, 'ha1.a.example'],
  ['the candidate', undefined, { 'MIP-Candidate-Home-Agent-Host': 'HA2.a.example' }, 'ha2.a.example'],
  [
    'not the candidate, which is away',
    ['ha1.a.example'],
    { 'MIP-Candidate-Home-Agent-Host': 'ha2.a.example' },
    'ha1.a.example',
  ],
  ['the one that is named', undefined, { 'MIP-Home-Agent-Address': '10.1.0.6' }, 'ha2.a.example'],
  ['not another than is named', ['ha1.a.example'], { 'MIP-Home-Agent-Address': '10.1.0.6' }, 4006],
  ['one that is not for visitors', undefined, { 'MIP-Home-Agent-Address': '10.1.0.7' }, 5024],
  ['none is there', [], {}, 4006],
]
for (const [what, open, asked, chosen] of allocations)
  test(`HAR: ${what}`, (t) => {
    const result = policy(open)(har(asked))
    if ('resultCode' in result) return t.deepEqual([result.resultCode], [chosen])
    const { avps } = decodeRequest('Home-Agent-MIP', result)
    t.deepEqual([avps['Destination-Host']], [chosen])
    t.is(avps['MIP-Home-Agent-Address'], homeAgents.find(({ identity }) => identity === chosen)?.address)
    t.is(avps['Origin-Host'], 'aaah.home.example')
  })
