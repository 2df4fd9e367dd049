import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { decodeAgentAdvertisement } from '#wire/mobile-ip/agent-advertisement.ts'
import { encodeAgentSolicitation } from '#wire/mobile-ip/agent-solicitation.ts'
import { findExtension } from '#wire/mobile-ip/extension-format.ts'
import type { AccessLink } from '../access-link/access-link.ts'
import { Advertiser } from './advertiser.ts'

function setUp() {
  const clock = new ManualClock()
  const sent: { to: string; destination: string; sequence: number | undefined; busy: boolean | undefined }[] =
    []
  let busy = false
  const link: Pick<AccessLink, 'sendDiscovery'> = {
    sendDiscovery(message, { to, destination }) {
      const agent = findExtension(decodeAgentAdvertisement(message).extensions, 'mobility-agent')
      sent.push({ to, destination, sequence: agent?.sequence, busy: agent?.flags.busy })
    },
  }
  const agent = {
    address: '10.1.101.1',
    careOfAddress: '10.1.1.2',
    intervalSeconds: 1,
    registrationLifetimeSeconds: 1800,
  }
  const advertiser = new Advertiser({ agent, link, clock, busy: () => busy })
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
  t.deepEqual(sent, [
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
  advertiser.answer({ ...solicitation, source: '0.0.0.0' })
  t.deepEqual(sent.slice(1), [
    { to: '02:00:00:00:00:11', destination: '192.0.2.11', sequence: 1, busy: false },
    { to: '02:00:00:00:00:11', destination: '255.255.255.255', sequence: 2, busy: false },
  ])
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
