import test from 'ava'
import type { Extension } from '#wire/mobile-ip/extension.ts'
import { decodeRegistration, encodeRegistration } from '#wire/mobile-ip/registration.ts'
import { noRegistrationFlags, type RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { ReplyCode } from '#wire/mobile-ip/reply-code.ts'
import {
  claimsRevocation,
  decidesAt,
  type ForeignAgentOffer,
  nodeName,
  proofOf,
  realmOf,
  refuseRequest,
} from './request-checks.ts'

const offer: ForeignAgentOffer = {
  address: '10.1.101.1',
  careOfAddress: '10.1.1.2',
  registrationLifetimeSeconds: 1800,
}
const nai: Extension = { kind: 'mobile-node-nai', nai: 'mn1@home.example' }
const aaa: Extension = { kind: 'mobile-aaa-authentication', spi: 4100, authenticator: Buffer.alloc(16) }
const home: Extension = { kind: 'mobile-home-authentication', spi: 700, authenticator: Buffer.alloc(20) }

const style: Extension = { kind: 'encapsulating-delivery-style' }

interface Changes extends Omit<Partial<RegistrationRequest>, 'extensions'> {
  extensions?: Extension[]
}

function request({ extensions = [nai, aaa], ...changes }: Changes): RegistrationRequest {
  const message = decodeRegistration(
    encodeRegistration({
      type: 'registration-request',
      flags: noRegistrationFlags,
      lifetimeSeconds: 600,
      homeAddress: '192.0.2.11',
      homeAgent: '192.0.2.1',
      careOfAddress: '10.1.1.2',
      identification: 1n,
      ...changes,
      extensions,
    }),
  )
  if (message.type !== 'registration-request') throw new TypeError('not a request')
  return message
}

const flags = (set: Partial<typeof noRegistrationFlags>) => ({ flags: { ...noRegistrationFlags, ...set } })

const rows: [name: string, changes: Changes, code: ReplyCode | undefined][] = [
  ['an ordinary request', {}, undefined],
  ['a request with the home agent’s key', { extensions: [nai, home] }, undefined],
  ['the r bit', flags({ reservedR: true }), 70],
  ['the x bit', flags({ reservedX: true }), 70],
  ['no NAI', { extensions: [aaa] }, 70],
  ['a NAI without a realm', { extensions: [{ ...nai, nai: 'mn1' }, aaa] }, 70],
  ['a NAI with an empty realm', { extensions: [{ ...nai, nai: 'mn1@' }, aaa] }, 70],
  ['no proof', { extensions: [nai] }, 70],
  [
    'a co-located care-of address',
    { ...flags({ decapsulationByMobileNode: true }), careOfAddress: '10.1.101.9' },
    65,
  ],
  ['no home address', { homeAddress: '0.0.0.0' }, undefined],
  ['no home address, and a home agent that decides', { homeAddress: '0.0.0.0', extensions: [nai, home] }, 96],
  ['no home agent', { homeAgent: '0.0.0.0' }, undefined],
  ['a home agent at home', { homeAgent: '255.255.255.255' }, undefined],
  ['no home agent, and one that decides', { homeAgent: '0.0.0.0', extensions: [nai, home] }, 90],
  ['this agent as home agent', { homeAgent: '10.1.101.1' }, 194],
  ['its care-of address as home agent', { homeAgent: '10.1.1.2' }, 194],
  [
    'a proof in the name of this agent',
    { extensions: [nai, aaa, { ...home, kind: 'foreign-home-authentication' }] },
    70,
  ],
  ['a delivery style without a reverse tunnel', { extensions: [nai, aaa, style] }, 70],
  ['a care-of address of another agent', { careOfAddress: '10.1.2.2' }, 77],
  ['that, but to take it back', { careOfAddress: '10.1.2.2', lifetimeSeconds: 0 }, undefined],
  ['the longest lifetime', { lifetimeSeconds: 1800 }, undefined],
  ['a longer lifetime', { lifetimeSeconds: 1801 }, 69],
  ['a lifetime without end', { lifetimeSeconds: 0xffff }, 69],
  ['minimal encapsulation', flags({ minimalEncapsulation: true }), 72],
  ['GRE', flags({ gre: true }), 72],
  ['a reverse tunnel', flags({ reverseTunnelling: true }), 74],
  ['simultaneous bindings and broadcasts', flags({ simultaneousBindings: true, broadcast: true }), undefined],
]

for (const [name, changes, code] of rows)
  test(`${name}: ${code ?? 'goes on'}`, (t) => {
    t.is(refuseRequest(request(changes), offer, 1), code)
  })

const reverse = flags({ reverseTunnelling: true })
const coLocated = flags({ decapsulationByMobileNode: true })
const offered: [
  name: string,
  offer: Partial<ForeignAgentOffer>,
  changes: Changes,
  timeToLive: number,
  code: ReplyCode | undefined,
][] = [
  ['GRE where it is offered', { gre: 'plain' }, flags({ gre: true }), 1, undefined],
  ['minimal encapsulation beside GRE', { gre: 'plain' }, flags({ minimalEncapsulation: true }), 1, 72],
  ['a reverse tunnel where it is offered', { reverseTunnelling: 'offered' }, reverse, 255, undefined],
  ['a reverse tunnel from afar', { reverseTunnelling: 'offered' }, reverse, 254, 76],
  ['no reverse tunnel where it is offered', { reverseTunnelling: 'offered' }, {}, 1, undefined],
  ['no reverse tunnel where it is required', { reverseTunnelling: 'required' }, {}, 1, 75],
  ['the end of that', { reverseTunnelling: 'required' }, { lifetimeSeconds: 0 }, 1, undefined],
  [
    'encapsulating delivery where it is offered',
    { reverseTunnelling: 'offered', encapsulatingDelivery: true },
    { ...reverse, extensions: [nai, aaa, style] },
    255,
    undefined,
  ],
  [
    'encapsulating delivery where it is not',
    { reverseTunnelling: 'offered' },
    { ...reverse, extensions: [nai, aaa, style] },
    255,
    79,
  ],
  [
    'a co-located care-of address where it is relayed',
    { coLocatedNodes: true },
    { ...coLocated, careOfAddress: '10.1.101.9' },
    1,
    undefined,
  ],
  [
    'that, for a home agent to be found',
    { coLocatedNodes: true },
    { ...coLocated, careOfAddress: '10.1.101.9', homeAgent: '0.0.0.0' },
    1,
    90,
  ],
]

for (const [name, more, changes, timeToLive, code] of offered)
  test(`${name}: ${code ?? 'goes on'}`, (t) => {
    t.is(refuseRequest(request(changes), { ...offer, ...more }, timeToLive), code)
  })

test('only a co-located node speaks of revocation by itself', (t) => {
  const support: Extension = {
    kind: 'revocation-support',
    flags: { inform: false },
    timestampSeconds: 1,
  }
  t.true(claimsRevocation(request({ extensions: [nai, support, aaa] })))
  t.false(claimsRevocation(request({ ...coLocated, extensions: [nai, support, aaa] })))
  t.false(claimsRevocation(request({})))
})

test('the home agent of a co-located node decides, whatever the proof', (t) => {
  t.is(decidesAt(request(coLocated)), 'home-agent')
  t.is(decidesAt(request({})), 'home-server')
})

test('the home agent is asked where it can tell, else the home server', (t) => {
  t.is(proofOf(request({ extensions: [nai, home, aaa] })), 'home-agent')
  t.is(proofOf(request({})), 'home-server')
  t.is(proofOf(request({ extensions: [nai] })), undefined)
})

test('a node’s name and realm', (t) => {
  t.is(nodeName(request({})), 'mn1@home.example')
  t.is(realmOf('mn1@home.example'), 'home.example')
  t.is(realmOf('odd@name@home.example'), 'home.example')
})
