import test from 'ava'
import { describeIssues } from '#core/config.ts'
import { mobileNodeConfig } from './config.ts'

const least = {
  nai: 'mn1@home.example',
  interface: 'wlan0',
  authentication: { spi: 4100, keyFile: 'mn1.key' },
}

test('who says nothing more gets home agent and home address allocated', (t) => {
  t.like(mobileNodeConfig.parse(least), {
    homeAddress: '0.0.0.0',
    homeAgent: '0.0.0.0',
    lifetimeSeconds: 1800,
    encapsulation: 'ipip',
    udpTunnel: false,
  })
})

const faults: [faulty: object, message: string][] = [
  [{ coLocated: {} }, 'homeAgent: must name the home agent'],
  [
    { coLocated: {}, homeAgent: '192.0.2.1', reverseTunnel: 'encapsulating' },
    'reverseTunnel: must be direct with coLocated',
  ],
  [{ greKey: 7, encapsulation: 'gre' }, 'greKey: needs coLocated and encapsulation: gre'],
  [{ coLocated: {}, homeAgent: '192.0.2.1', greKey: 7 }, 'greKey: needs coLocated and encapsulation: gre'],
  [{ udpTunnel: true }, 'udpTunnel: needs coLocated'],
  [
    { coLocated: {}, homeAgent: '192.0.2.1', handover: 'make-before-break' },
    'handover: must be break-before-make with coLocated',
  ],
]
for (const [faulty, message] of faults)
  test(`${JSON.stringify(faulty)} is refused: ${message}`, (t) => {
    const result = mobileNodeConfig.safeParse({ ...least, ...faulty })
    t.true(!result.success && describeIssues(result.error).includes(message))
  })

test('a co-located node may be given its home agent by the requested one', (t) => {
  t.true(mobileNodeConfig.safeParse({ ...least, coLocated: {}, requestedHomeAgent: '192.0.2.7' }).success)
})
