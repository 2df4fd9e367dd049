import test from 'ava'
import { silentLog } from '#core/log.ts'
import { decodeDatapathReport } from '#wire/diameter/datapath-report.ts'
import type { RequestMessage } from '#wire/diameter/message.ts'
import {
  decodeServiceProfile,
  encodeServiceProfile,
  type ServiceProfile,
} from '#wire/diameter/service-profile.ts'
import { FakeDatapath } from './fake-datapath.ts'
import { homeProfileTerms, profileTerms } from './profile-footprint.ts'
import { installProfiles } from './profile-installation.ts'
import { SubscriberTurns } from './subscriber-turns.ts'

function profile(revision: number, megabits: number): ServiceProfile {
  const rateBitsPerSecond = megabits * 1e6
  return {
    name: `${megabits}mbit`,
    revision,
    downlink: { rateBitsPerSecond, ceilBitsPerSecond: rateBitsPerSecond, priority: 3 },
  }
}

function setUp() {
  const datapath = new FakeDatapath()
  const served = { nai: 'mn1@home.example', profile: profile(4, 4) }
  const handle = installProfiles({
    keep: async () => {},
    servedInSession: (sessionId) => (sessionId === 'ha;1;2' ? served : undefined),
    footprint: (_, profile) => ({
      homeAddress: '192.0.2.11',
      tunnel: { encapsulation: 'ipip', local: '192.0.2.1', remote: '10.1.1.2' },
      ...profileTerms(profile),
      delivery: { via: 'tunnel' },
    }),
    datapath,
    turns: new SubscriberTurns(),
    log: silentLog,
  })
  const install = (avps: Partial<RequestMessage<'QoS-Install'>['avps']>) =>
    handle(
      {
        command: 'QoS-Install',
        request: true,
        proxiable: true,
        error: false,
        retransmitted: false,
        applicationId: 9,
        hopByHop: 1,
        endToEnd: 1,
        avps: {
          'Session-Id': 'aaah;9;9',
          'Auth-Application-Id': 9,
          'Origin-Host': 'aaah.home.example',
          'Origin-Realm': 'home.example',
          'Destination-Realm': 'home.example',
          'Auth-Request-Type': 3,
          ...avps,
        },
      },
      { peer: 'aaah.home.example' },
    )
  return { datapath, served, install }
}

const bound = { 'Bound-Auth-Session-Id': 'ha;1;2' }

test('the answer carries what the kernel holds, not what was asked for', async (t) => {
  const { datapath, served, install } = setUp()
  datapath.rounded = (rate) => rate - (rate % 8000)
  const asked = profile(5, 20)
  asked.downlink.rateBitsPerSecond = 20_000_008
  const answer = await install({ ...bound, ...encodeServiceProfile(asked) })
  t.is(answer['Result-Code'], 2001)
  const held = { ...asked, downlink: { ...asked.downlink, rateBitsPerSecond: 20_000_000 } }
  t.deepEqual(decodeServiceProfile(answer), held)
  t.deepEqual(served.profile, held)
  const report = answer['Datapath-Report']
  t.deepEqual(report && decodeDatapathReport(report), datapath.report(served.nai), 'and where')
})

test('all of a profile reaches the datapath, and all that it holds is answered', async (t) => {
  const { datapath, install } = setUp()
  datapath.rounded = (rate) => rate - (rate % 8000)
  const shaping = { rateBitsPerSecond: 1_000_007, ceilBitsPerSecond: 2e6, priority: 0 }
  const flow = { name: 'voice', match: { protocol: 'udp' }, shaping, dscp: 46 } as const
  const asked: ServiceProfile = {
    ...profile(5, 20),
    uplink: { rateBitsPerSecond: 1e6, ceilBitsPerSecond: 2e6 },
    dscp: 34,
    filters: [{ direction: 'uplink', match: { protocol: 'tcp', destinationPort: 25 }, action: 'drop' }],
    flows: [flow],
  }
  const answer = await install({ ...bound, ...encodeServiceProfile(asked) })
  t.deepEqual(decodeServiceProfile(answer), {
    ...asked,
    flows: [{ ...flow, shaping: { ...shaping, rateBitsPerSecond: 1_000_000 } }],
  })
  const { filters, uplink, dscp } = datapath.footprints.get('mn1@home.example') ?? {}
  t.deepEqual(
    { filters, uplink, dscp },
    { filters: asked.filters, dscp: 34, uplink: { ...asked.uplink, priority: 3 } },
  )
  t.is(homeProfileTerms(asked).uplink, undefined)
})

test('an older revision changes nothing and is answered with what is held', async (t) => {
  const { datapath, install } = setUp()
  const answer = await install({ ...bound, ...encodeServiceProfile(profile(3, 20)) })
  t.is(answer['Result-Code'], 2001)
  t.deepEqual(decodeServiceProfile(answer), profile(4, 4))
  t.deepEqual(datapath.lines, [])
})

test('revisions that cross each other leave the newest', async (t) => {
  const { served, install } = setUp()
  const six = install({ ...bound, ...encodeServiceProfile(profile(6, 50)) })
  const five = install({ ...bound, ...encodeServiceProfile(profile(5, 20)) })
  t.is(decodeServiceProfile(await five)?.revision, 6)
  t.is((await six)['Result-Code'], 2001)
  t.is(served.profile.revision, 6)
})

test('a refusal of the kernel is answered with its reason, the old profile stays', async (t) => {
  const { datapath, served, install } = setUp()
  datapath.refusal = 'tc class replace: EINVAL'
  t.like(await install({ ...bound, ...encodeServiceProfile(profile(5, 20)) }), {
    'Result-Code': 5012,
    'Error-Message': 'tc class replace: EINVAL',
  })
  t.deepEqual(served.profile, profile(4, 4))
})

test('a session that is not served, or a request without its parts, is refused', async (t) => {
  const { install } = setUp()
  const wanted = encodeServiceProfile(profile(5, 20))
  t.is((await install({ 'Bound-Auth-Session-Id': 'ha;1;3', ...wanted }))['Result-Code'], 5002)
  t.is((await install(wanted))['Result-Code'], 5005)
  t.is((await install(bound))['Result-Code'], 5005)
  t.is((await install({ ...bound, 'Service-Profile': wanted['Service-Profile'] }))['Result-Code'], 5004)
})
