import test from 'ava'
import { encodeAgentAdvertisement, noMobilityAgentFlags } from '#wire/mobile-ip/agent-advertisement.ts'
import { type HeardAgent, hasRestarted, readAdvertisement, solicitationInterval } from './agent-discovery.ts'

const envelope = {
  sourceLinkAddress: '02:00:00:00:01:01',
  source: '10.1.101.1',
  destination: '224.0.0.1',
  timeToLive: 1,
}

function advertisement(flags: Partial<typeof noMobilityAgentFlags>, careOfAddresses: string[]): Buffer {
  return encodeAgentAdvertisement({
    type: 'agent-advertisement',
    code: 16,
    lifetimeSeconds: 3,
    routers: [],
    extensions: [
      {
        kind: 'mobility-agent',
        sequence: 5,
        registrationLifetimeSeconds: 600,
        flags: { ...noMobilityAgentFlags, ...flags },
        careOfAddresses,
      },
    ],
  })
}

test('a foreign agent is read from its advertisement and the packet around it', (t) => {
  const message = advertisement({ foreignAgent: true, busy: true }, ['10.1.1.2', '10.1.1.3'])
  t.deepEqual(readAdvertisement({ ...envelope, message }), {
    address: '10.1.101.1',
    linkAddress: '02:00:00:00:01:01',
    careOfAddress: '10.1.1.2',
    sequence: 5,
    lifetimeSeconds: 3,
    registrationLifetimeSeconds: 600,
    busy: true,
  })
})

test('a home agent, an agent without a care-of address and a plain router are passed over', (t) => {
  t.is(readAdvertisement({ ...envelope, message: advertisement({ homeAgent: true }, []) }), undefined)
  t.is(readAdvertisement({ ...envelope, message: advertisement({ foreignAgent: true }, []) }), undefined)
  const message = encodeAgentAdvertisement({
    type: 'agent-advertisement',
    code: 0,
    lifetimeSeconds: 1800,
    routers: [{ address: '10.1.101.1', preferenceLevel: 0 }],
    extensions: [],
  })
  t.is(readAdvertisement({ ...envelope, message }), undefined)
})

const rows: [before: number, now: number, restarted: boolean][] = [
  [5, 6, false],
  [5, 5, false],
  [5, 0, true],
  [300, 255, true],
  [300, 299, false],
  [0xffff, 256, false],
  [0xffff, 0, true],
]
for (const [before, now, restarted] of rows)
  test(`sequence ${before}, then ${now}: the agent ${restarted ? 'has restarted' : 'goes on'}`, (t) => {
    const agent: HeardAgent = {
      address: '10.1.101.1',
      linkAddress: '02:00:00:00:01:01',
      careOfAddress: '10.1.1.2',
      sequence: before,
      lifetimeSeconds: 3,
      registrationLifetimeSeconds: 600,
      busy: false,
    }
    t.is(hasRestarted(agent, { ...agent, sequence: now }), restarted)
  })

test('solicitations: one a second three times, then ever more rarely', (t) => {
  t.deepEqual([1, 2, 3, 4, 5, 6, 20].map(solicitationInterval), [1000, 1000, 1000, 2000, 4000, 8000, 64_000])
})
