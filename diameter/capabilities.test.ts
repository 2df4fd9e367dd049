import { readFileSync } from 'node:fs'
import test from 'ava'
import { decodeRequest, toRawMessage } from '#wire/diameter/message.ts'
import { capabilitiesOf, firmwareRevision, localCapabilities } from './capabilities.ts'
import { LocalIdentity } from './local-identity.ts'

const local = new LocalIdentity(
  {
    identity: 'ha.home.example',
    realm: 'home.example',
    productName: 'test',
    applications: { auth: [2, 9], accounting: [2] },
  },
  1_000_000,
)

test('a CER says who we are, what we speak, and how it is protected', (t) => {
  const cer = localCapabilities(local, '192.0.2.1', 'none')
  t.deepEqual(cer, {
    'Origin-Host': 'ha.home.example',
    'Origin-Realm': 'home.example',
    'Host-IP-Address': ['192.0.2.1'],
    'Vendor-Id': 0,
    'Product-Name': 'test',
    'Origin-State-Id': 1000,
    'Supported-Vendor-Id': [32473],
    'Auth-Application-Id': [2, 9],
    'Inband-Security-Id': [],
    'Acct-Application-Id': [2],
    'Firmware-Revision': 100,
  })
  t.deepEqual(localCapabilities(local, '192.0.2.1', 'inband-tls')['Inband-Security-Id'], [1])
  t.deepEqual(localCapabilities(local, '192.0.2.1', 'tls')['Inband-Security-Id'], [])
})

test('the firmware revision is the version of the package', (t) => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const [, major, minor, patch] = /"version": "(\d+)\.(\d+)\.(\d+)"/.exec(text) ?? []
  t.is(firmwareRevision, Number(major) * 10_000 + Number(minor) * 100 + Number(patch))
})

test('what a CER says is read back', (t) => {
  const header = { request: true, proxiable: false, error: false, retransmitted: false } as const
  const ids = { applicationId: 0, hopByHop: 1, endToEnd: 1 }
  const avps = localCapabilities(local, '192.0.2.1', 'inband-tls')
  const raw = toRawMessage({ ...header, ...ids, command: 'Capabilities-Exchange', avps })
  const { applications, ...rest } = capabilitiesOf(decodeRequest('Capabilities-Exchange', raw).avps)
  t.deepEqual([...applications], [2, 9])
  t.deepEqual(rest, {
    identity: 'ha.home.example',
    realm: 'home.example',
    inbandSecurity: [1],
    originStateId: 1000,
    description: { addresses: ['192.0.2.1'], product: 'test', firmware: 100, vendors: [0, 32473] },
  })
})
