import test from 'ava'
import { type Extension, findExtension } from '#wire/mobile-ip/extension.ts'
import { decodeRegistration } from '#wire/mobile-ip/registration.ts'
import { aaa, asked, granted, home, nai, name, replyTo, stageAgent } from './staged-agent.ts'

const tunnel = { local: '10.1.1.2', remote: '192.0.2.1' }
const second = { nai: 'mn2@home.example', sourceLinkAddress: '02:00:00:00:00:12' }

test('GRE, with the key that the home agent has assigned', async (t) => {
  const { datapath, diameter, intake, replies, sent } = stageAgent({ offer: { gre: 'keyed' } })
  let request: Buffer | undefined
  diameter.answers.set('AA-Mobile-Node', (avps) => {
    request = avps['MIP-Reg-Request'] as Buffer
    const extensions: Extension[] = [name, home, { kind: 'gre-key', key: 77 }]
    return granted(request, { 'MIP-Reg-Reply': replyTo(request, { extensions }) })
  })
  await intake.receive(asked({ flags: { gre: true } }))
  t.like(replies, [{ code: 0 }])
  t.deepEqual(request && findExtension(decodeRegistration(request).extensions, 'gre-key')?.key, 0)
  t.deepEqual(datapath.footprints.get(nai)?.tunnel, { encapsulation: 'gre', key: 77, ...tunnel })
  t.is(findExtension(sent[0]?.reply.extensions ?? [], 'gre-key'), undefined)
})

test('GRE without keys, and ipip for a node that does not ask', async (t) => {
  const { datapath, intake } = stageAgent({ offer: { gre: 'plain' } })
  await intake.receive(asked({ flags: { gre: true } }))
  t.deepEqual(datapath.footprints.get(nai)?.tunnel, { encapsulation: 'gre', ...tunnel })
  await intake.receive(asked({ identification: 2n }))
  t.deepEqual(datapath.footprints.get(nai)?.tunnel, { encapsulation: 'ipip', ...tunnel })
})

test('reverse tunnelling in both delivery styles', async (t) => {
  const offer = { reverseTunnelling: 'offered', encapsulatingDelivery: true } as const
  const { datapath, intake } = stageAgent({ offer })
  const reverse = { flags: { reverseTunnelling: true }, timeToLive: 255 }
  await intake.receive(asked(reverse))
  t.deepEqual(datapath.footprints.get(nai)?.reverseTunnel, { style: 'direct' })
  const style: Extension = { kind: 'encapsulating-delivery-style' }
  await intake.receive(asked({ ...reverse, identification: 2n, extensions: [aaa, style] }))
  t.deepEqual(datapath.footprints.get(nai)?.reverseTunnel, {
    style: 'encapsulating',
    agentAddress: '10.1.101.1',
  })
})

test('a visitor that registers again without the reverse tunnel loses it', async (t) => {
  const { datapath, intake, homeAgentSays } = stageAgent({ offer: { reverseTunnelling: 'offered' } })
  await intake.receive(asked({ flags: { reverseTunnelling: true }, timeToLive: 255 }))
  homeAgentSays(0, 600)
  await intake.receive(asked({ identification: 2n, extensions: [home] }))
  t.false('reverseTunnel' in (datapath.footprints.get(nai) ?? {}))
})

test('a node without an address and a home agent gets both', async (t) => {
  const { datapath, diameter, visits, intake, replies } = stageAgent()
  diameter.answers.set('AA-Mobile-Node', (avps) => {
    const request = avps['MIP-Reg-Request'] as Buffer
    const assigned = { homeAddress: '192.0.2.77', homeAgent: '192.0.2.1' }
    return granted(request, { 'MIP-Reg-Reply': replyTo(request, assigned) })
  })
  const keyRequest: Extension = { kind: 'mn-ha-key-generation-request', mobileNodeSpi: 8193 }
  const extensions = [keyRequest, aaa]
  await intake.receive(asked({ homeAddress: '0.0.0.0', homeAgent: '255.255.255.255', extensions }))
  const [avps] = diameter.sent('AA-Mobile-Node')
  t.is(avps?.['MIP-Feature-Vector'], 1 + 2 + 4 + 16)
  t.false('MIP-Mobile-Node-Address' in (avps ?? {}) || 'MIP-Home-Agent-Address' in (avps ?? {}))
  t.like(visits.visitors.of(nai), { homeAddress: '192.0.2.77', homeAgent: '192.0.2.1' })
  t.is(datapath.footprints.get(nai)?.homeAddress, '192.0.2.77')
  t.like(replies, [{ code: 0, destination: '255.255.255.255' }])
})

test('what a home server leaves out is missed: 98, 99', async (t) => {
  for (const [code, said] of [
    [98, { homeAgent: '0.0.0.0' }],
    [99, { homeAddress: '0.0.0.0' }],
  ] as const) {
    const { diameter, intake, replies } = stageAgent()
    diameter.answers.set('AA-Mobile-Node', (avps) => {
      const request = avps['MIP-Reg-Request'] as Buffer
      return granted(request, { 'MIP-Reg-Reply': replyTo(request, said) })
    })
    await intake.receive(asked({ homeAddress: '0.0.0.0' }))
    t.like(replies, [{ code }])
  }
})

test('a co-located node is relayed to its home agent, and nothing is kept of it', async (t) => {
  const { datapath, diameter, visits, intake, replies, relayed, homeAgentSays } = stageAgent({
    offer: { coLocatedNodes: true },
  })
  homeAgentSays(0, 600)
  const request = asked({ flags: { decapsulationByMobileNode: true }, careOfAddress: '10.1.101.9' })
  await intake.receive({ ...request, source: '10.1.101.9' })
  t.like(replies, [{ code: 0, destination: '10.1.101.9' }])
  t.deepEqual(relayed, [request.payload])
  t.deepEqual([datapath.lines, diameter.requests, visits.visitors.size], [[], [], 0])
})

test('a node that claims to support revocation by itself is discarded', async (t) => {
  const { diameter, intake, replies } = stageAgent()
  const support: Extension = { kind: 'revocation-support', flags: { inform: true }, timestampSeconds: 1 }
  await intake.receive(asked({ extensions: [support, aaa] }))
  t.deepEqual([replies, diameter.requests], [[], []])
})

test('a request for a UDP tunnel is passed on as it is', async (t) => {
  const { diameter, intake } = stageAgent()
  const udp: Extension = {
    kind: 'udp-tunnel-request',
    flags: { forced: false, registrationRequired: false },
    encapsulation: 0,
  }
  const request = asked({ extensions: [udp, aaa] })
  await intake.receive(request)
  t.deepEqual(diameter.sent('AA-Mobile-Node')[0]?.['MIP-Reg-Request'], request.payload)
})

test('more visitors than there is room for: 66; those who are here may stay', async (t) => {
  const { clock, intake, replies } = stageAgent({ limits: { visitors: 1 } })
  await intake.receive(asked())
  t.true(intake.isFull)
  await intake.receive(asked(second))
  clock.advance(1000)
  await intake.receive(asked({ identification: 2n }))
  t.like(replies, [{ code: 0 }, { code: 66, to: second.sourceLinkAddress }, { code: 0 }])
})

test('more requests of one node under way than there is room for: 66', async (t) => {
  const { diameter, intake, replies } = stageAgent({ limits: { pendingPerNode: 1 } })
  const gate = Promise.withResolvers<void>()
  diameter.answers.set('AA-Mobile-Node', async () => {
    await gate.promise
    return { 'Result-Code': 5003 }
  })
  const first = intake.receive(asked())
  await intake.receive(asked({ nai: second.nai }))
  t.like(replies, [{ code: 66 }])
  const other = intake.receive(asked(second))
  t.is(diameter.requests.length, 2)
  gate.resolve()
  await Promise.all([first, other])
})

test('nobody holds up the registration of a node by its name', async (t) => {
  const { diameter, intake, replies } = stageAgent()
  const gate = Promise.withResolvers<void>()
  let count = 0
  diameter.answers.set('AA-Mobile-Node', async (avps) => {
    if (count++ === 0) {
      await gate.promise
      return { 'Result-Code': 4001 }
    }
    return granted(avps['MIP-Reg-Request'] as Buffer)
  })
  const forged = intake.receive(asked({ sourceLinkAddress: '02:00:00:00:00:66' }))
  await intake.receive(asked({ identification: 2n }))
  t.like(replies, [{ code: 0, to: '02:00:00:00:00:11' }])
  gate.resolve()
  await forged
  t.like(replies[1], { code: 67, to: '02:00:00:00:00:66' })
})

test('a node is denied once in a second', async (t) => {
  const { clock, intake, replies } = stageAgent()
  for (let count = 0; count < 5; count++) await intake.receive(asked({ lifetimeSeconds: 1801 }))
  t.is(replies.length, 1)
  await intake.receive(asked({ ...second, lifetimeSeconds: 1801 }))
  t.is(replies.length, 2)
  clock.advance(1000)
  await intake.receive(asked({ lifetimeSeconds: 1801 }))
  t.is(replies.length, 3)
})

test('an answer in the name of another home agent changes no visit', async (t) => {
  const { clock, visits, intake, replies, homeAgentSays } = stageAgent()
  await intake.receive(asked())
  const before = visits.visitors.of(nai)?.expiresAtMilliseconds
  homeAgentSays(0, 1800)
  const elsewhere = { extensions: [home], homeAgent: '203.0.113.66' }
  await intake.receive(asked({ ...elsewhere, identification: 2n }))
  clock.advance(1000)
  homeAgentSays(0, 0)
  await intake.receive(asked({ ...elsewhere, identification: 3n, lifetimeSeconds: 0 }))
  t.like(replies, [{ code: 0 }, { code: 65 }, { code: 0 }])
  t.is(visits.visitors.of(nai)?.expiresAtMilliseconds, before)
})

test('a home address that another visitor has is not given away: 65', async (t) => {
  const { datapath, diameter, visits, intake, replies } = stageAgent()
  await intake.receive(asked())
  diameter.answers.set('AA-Mobile-Node', (avps) => {
    const request = avps['MIP-Reg-Request'] as Buffer
    return granted(request, {
      'MIP-Reg-Reply': replyTo(request, { extensions: [{ ...name, nai: second.nai }] }),
    })
  })
  await intake.receive(asked(second))
  t.like(replies, [{ code: 0 }, { code: 65 }])
  t.is(visits.visitors.withHomeAddress('192.0.2.11')?.nai, nai)
  t.is(datapath.lines.length, 1)
})

test('a binding elsewhere that is taken back from here ends no visit', async (t) => {
  const { visits, intake, homeAgentSays } = stageAgent()
  await intake.receive(asked())
  homeAgentSays(0, 0)
  const request = { extensions: [home], lifetimeSeconds: 0, identification: 2n }
  await intake.receive(asked({ ...request, careOfAddress: '10.1.2.2' }))
  t.truthy(visits.visitors.of(nai))
  await intake.receive(asked({ ...request, careOfAddress: '192.0.2.11', identification: 3n }))
  t.is(visits.visitors.of(nai), undefined)
})

const challenge = (byte: number): Extension => ({ kind: 'challenge', challenge: Buffer.alloc(4, byte) })

test('a home agent that returns another challenge: 109, with its own reply where that is wanted', async (t) => {
  for (const errorExtension of [false, true]) {
    const { intake, replies, sent, homeAgentSays } = stageAgent({ errorExtension })
    await intake.receive(asked())
    homeAgentSays(0, 600, { extensions: [name, home, challenge(9)] })
    await intake.receive(asked({ identification: 2n, extensions: [challenge(1), home] }))
    t.is(replies[1]?.code, errorExtension ? 0 : 109)
    const extensions = sent[1]?.reply.extensions ?? []
    t.is(findExtension(extensions, 'foreign-agent-error')?.status, errorExtension ? 109 : undefined)
    t.is(findExtension(extensions, 'mobile-home-authentication') !== undefined, errorExtension)
  }
})
