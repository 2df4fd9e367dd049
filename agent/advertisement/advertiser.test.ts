import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { decodeAgentAdvertisement } from '#wire/mobile-ip/agent-advertisement.ts'
import { encodeAgentSolicitation } from '#wire/mobile-ip/agent-solicitation.ts'
import { findExtension } from '#wire/mobile-ip/extension-format.ts'
import type { AccessLink } from '../access-link/access-link.ts'
import { type AdvertisedChallenges, Advertiser, agentAdvertisement } from './advertiser.ts'

const agent = {
  address: '10.1.101.1',
  careOfAddresses: ['10.1.1.2'],
  flags: { foreignAgent: true },
  intervalSeconds: 1,
  registrationLifetimeSeconds: 1800,
}

function setUp(challenges?: AdvertisedChallenges) {
  const clock = new ManualClock()
  const sent: {
    to: string
    destination: string
    sequence: number | undefined
    busy: boolean | undefined
    challenge: string | undefined
  }[] = []
  let busy = false
  const link: Pick<AccessLink, 'sendDiscovery'> = {
    sendDiscovery(message, { to, destination }) {
      const { extensions } = decodeAgentAdvertisement(message)
      const agent = findExtension(extensions, 'mobility-agent')
      const challenge = findExtension(extensions, 'challenge')?.challenge.toString('hex')
      sent.push({ to, destination, sequence: agent?.sequence, busy: agent?.flags.busy, challenge })
    },
  }
  const advertiser = new Advertiser({ agent, link, clock, challenges, busy: () => busy })
  return {
    clock,
    sent,
    advertiser,
    setBusy: () => {
      busy = true
    },
  }
}

const solicitation = {
  sourceLinkAddress: '02:00:00:00:00:11',
  source: '192.0.2.11',
  destination: '224.0.0.11',
  timeToLive: 1,
  message: encodeAgentSolicitation(),
}

test('an advertisement goes to all at the start and at every interval, with rising numbers', (t) => {
  const { clock, sent, advertiser } = setUp()
  advertiser.start()
  clock.advance(2000)
  const all = { to: '01:00:5e:00:00:01', destination: '224.0.0.1', busy: false }
  t.like(sent, [
    { ...all, sequence: 0 },
    { ...all, sequence: 1 },
    { ...all, sequence: 2 },
  ])
  advertiser.stop()
  clock.advance(5000)
  t.is(sent.length, 3)
})

test('a node that asks is answered at once and alone', (t) => {
  const { sent, advertiser } = setUp()
  advertiser.start()
  advertiser.answer(solicitation)
  advertiser.answer({ ...solicitation, source: '0.0.0.0', sourceLinkAddress: '02:00:00:00:00:12' })
  t.like(sent.slice(1), [
    { to: '02:00:00:00:00:11', destination: '192.0.2.11', sequence: 1, busy: false },
    { to: '02:00:00:00:00:12', destination: '255.255.255.255', sequence: 2, busy: false },
  ])
})

test('a node that asks too often is answered twice a second', (t) => {
  const { clock, sent, advertiser } = setUp()
  advertiser.start()
  for (let count = 0; count < 10; count++) advertiser.answer(solicitation)
  t.is(sent.length, 2)
  clock.advance(500)
  advertiser.answer(solicitation)
  t.is(sent.length, 3)
})

test('after 65535 comes 256: only an agent that begins anew says less', (t) => {
  const { clock, sent, advertiser } = setUp()
  advertiser.start()
  clock.advance(65_536_000)
  t.deepEqual(
    sent.slice(-3).map(({ sequence }) => sequence),
    [65_534, 65_535, 256],
  )
  advertiser.beginAnewFor('02:00:00:00:00:11', '192.0.2.11')
  t.like(sent.at(-1), { to: '02:00:00:00:00:11', destination: '192.0.2.11', sequence: 0 })
  clock.advance(1000)
  t.is(sent.at(-1)?.sequence, 257)
})

test('each advertisement to all has a new challenge, an answer the newest', (t) => {
  const challenges = {
    newest: Buffer.alloc(4),
    advertise() {
      this.newest = Buffer.alloc(4, (this.newest[0] ?? 0) + 1)
      return this.newest
    },
  }
  const { clock, sent, advertiser } = setUp(challenges)
  advertiser.start()
  clock.advance(1000)
  advertiser.answer(solicitation)
  t.deepEqual(
    sent.map(({ challenge }) => challenge),
    ['01010101', '02020202', '02020202'],
  )
})

test('an advertisement says what the agent is', (t) => {
  const moment = { sequence: 1, busy: true }
  t.is(agentAdvertisement({ ...agent, intervalSeconds: 0.1 }, moment).lifetimeSeconds, 1)
  const { routers, extensions } = agentAdvertisement({ ...agent, prefixLength: 24 }, moment)
  const [said, prefix] = extensions
  t.deepEqual(routers, [{ address: '10.1.101.1', preferenceLevel: 0 }])
  t.like(said, { kind: 'mobility-agent', careOfAddresses: ['10.1.1.2'] })
  t.like(said, { flags: { foreignAgent: true, busy: true, homeAgent: false } })
  t.deepEqual(prefix, { kind: 'prefix-lengths', prefixLengths: [24] })
  const { routers: named } = agentAdvertisement({ ...agent, router: '10.1.101.254' }, moment)
  t.deepEqual(named, [{ address: '10.1.101.254', preferenceLevel: 0 }])
})

test('an agent that does not advertise does not answer either', (t) => {
  const { sent, advertiser } = setUp()
  advertiser.answer(solicitation)
  t.deepEqual(sent, [])
})

test('a full agent says that it is busy', (t) => {
  const { clock, sent, advertiser, setBusy } = setUp()
  advertiser.start()
  setBusy()
  clock.advance(1000)
  t.deepEqual(
    sent.map(({ busy }) => busy),
    [false, true],
  )
})

test('ICMP that is no solicitation is refused', (t) => {
  const { advertiser } = setUp()
  advertiser.start()
  t.throws(() => advertiser.answer({ ...solicitation, message: Buffer.alloc(8) }), { code: 'wire/malformed' })
})
