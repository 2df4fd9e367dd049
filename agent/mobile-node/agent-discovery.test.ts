import test from 'ava'
import {
  type AdvertisementExtension,
  encodeAgentAdvertisement,
  noMobilityAgentFlags,
} from '#wire/mobile-ip/agent-advertisement.ts'
import {
  type HeardAgent,
  hasRestarted,
  isWithin,
  readAdvertisement,
  solicitationInterval,
} from './agent-discovery.ts'

const envelope = {
  sourceLinkAddress: '02:00:00:00:01:01',
  source: '10.1.101.1',
  destination: '224.0.0.1',
  timeToLive: 1,
}

function advertisement(
  flags: Partial<typeof noMobilityAgentFlags>,
  careOfAddresses: string[],
  more: AdvertisementExtension[] = [],
): Buffer {
  return encodeAgentAdvertisement({
    type: 'agent-advertisement',
    code: 16,
    lifetimeSeconds: 3,
    routers: [
      { address: '10.9.9.9', preferenceLevel: 0 },
      { address: '10.1.101.1', preferenceLevel: 0 },
    ],
    extensions: [
      {
        kind: 'mobility-agent',
        sequence: 5,
        registrationLifetimeSeconds: 600,
        flags: { ...noMobilityAgentFlags, ...flags },
        careOfAddresses,
      },
      ...more,
    ],
  })
}

const read = (message: Buffer) => readAdvertisement({ ...envelope, message })

test('a foreign agent is read from its advertisement and the packet around it', (t) => {
  const challenge = Buffer.from('00112233', 'hex')
  const message = advertisement(
    { foreignAgent: true, busy: true },
    ['10.1.1.2', '10.1.1.3'],
    [
      { kind: 'prefix-lengths', prefixLengths: [8, 24] },
      { kind: 'challenge', challenge },
    ],
  )
  t.deepEqual(read(message), {
    address: '10.1.101.1',
    linkAddress: '02:00:00:00:01:01',
    careOfAddress: '10.1.1.2',
    sequence: 5,
    lifetimeSeconds: 3,
    registrationLifetimeSeconds: 600,
    flags: { ...noMobilityAgentFlags, foreignAgent: true, busy: true },
    prefix: '10.1.101.0/24',
    router: '10.9.9.9',
    challenge,
  })
})

test('of the routers that are named the preferred one counts, of equals the first', (t) => {
  const message = (routers: { address: string; preferenceLevel: number }[]) =>
    encodeAgentAdvertisement({
      type: 'agent-advertisement',
      code: 16,
      lifetimeSeconds: 3,
      routers,
      extensions: [
        {
          kind: 'mobility-agent',
          sequence: 5,
          registrationLifetimeSeconds: 600,
          flags: { ...noMobilityAgentFlags, homeAgent: true },
          careOfAddresses: [],
        },
      ],
    })
  const better = { address: '192.0.2.254', preferenceLevel: 2 }
  t.is(read(message([{ address: '192.0.2.253', preferenceLevel: 1 }, better]))?.router, '192.0.2.254')
  t.is(read(message([better, { ...better, address: '192.0.2.253' }]))?.router, '192.0.2.254')
  t.is(read(message([]))?.router, '10.1.101.1')
})

test('a home agent has no care-of address; a foreign agent without one and a plain router are passed over', (t) => {
  t.is(read(advertisement({ homeAgent: true }, ['10.1.1.2']))?.careOfAddress, undefined)
  t.true(read(advertisement({ homeAgent: true }, []))?.flags.homeAgent)
  t.is(read(advertisement({ foreignAgent: true }, [])), undefined)
  const message = encodeAgentAdvertisement({
    type: 'agent-advertisement',
    code: 0,
    lifetimeSeconds: 1800,
    routers: [{ address: '10.1.101.1', preferenceLevel: 0 }],
    extensions: [],
  })
  t.is(read(message), undefined)
})

test('a prefix length that is none is passed over', (t) => {
  for (const length of [0, 33, 255])
    t.is(
      read(
        advertisement({ homeAgent: true }, [], [{ kind: 'prefix-lengths', prefixLengths: [length, length] }]),
      )?.prefix,
      undefined,
    )
})

test('an address belongs to a prefix or not', (t) => {
  t.true(isWithin('192.0.2.11', '192.0.2.0/24'))
  t.false(isWithin('192.0.3.11', '192.0.2.0/24'))
  t.true(isWithin('192.0.2.11', '192.0.2.11/32'))
  t.true(isWithin('192.0.2.11', '128.0.0.0/1'))
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
      flags: noMobilityAgentFlags,
      prefix: undefined,
      router: '10.1.101.1',
      challenge: undefined,
    }
    t.is(hasRestarted(agent, { ...agent, sequence: now }), restarted)
  })

test('solicitations: one a second three times, then ever more rarely', (t) => {
  const interval = (random: number) => (sent: number) => solicitationInterval(sent, random)
  t.deepEqual([1, 2, 3, 4, 5, 6, 20].map(interval(0)), [1000, 1000, 1000, 2000, 4000, 8000, 64_000])
  t.deepEqual([1, 3, 4, 20].map(interval(1)), [1000, 1000, 2500, 80_000])
})
