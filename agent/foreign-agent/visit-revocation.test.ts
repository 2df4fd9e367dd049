import test from 'ava'
import { silentLog } from '#core/log.ts'
import type { Extension } from '#wire/mobile-ip/extension.ts'
import { atRest } from '../authorized-session/fake-home-server.ts'
import { AgentAssociations } from '../revocation/agent-association.ts'
import { Revocations } from '../revocation/revocations.ts'
import {
  aaa,
  asked,
  careOfAddress,
  granted,
  home,
  homeAgent,
  nai,
  name,
  replyTo,
  stageAgent,
} from './staged-agent.ts'
import { revokedVisit } from './visit-revocation.ts'

const key = Buffer.alloc(20, 2)
const algorithm = 'hmac-sha1'

/** A visitor whose home agent may revoke, and that home agent. */
async function setUp() {
  const staged = stageAgent({ asksForHomeAgentKey: true, revocation: true })
  const { clock, diameter, visits, intake, homeAgentKeys } = staged
  const support: Extension = {
    kind: 'revocation-support',
    flags: { inform: true },
    timestampSeconds: Math.floor(clock.now() / 1000) + 2_208_988_800,
  }
  diameter.answers.set('AA-Mobile-Node', (avps) =>
    granted(avps['MIP-Reg-Request'] as Buffer, {
      'MIP-Reg-Reply': replyTo(avps['MIP-Reg-Request'] as Buffer, { extensions: [name, home, support] }),
      'MIP-FA-to-HA-MSA': { 'MIP-FA-to-HA-SPI': 9000, 'MIP-Algorithm-Type': 2, 'MIP-Session-Key': key },
      'MIP-MSA-Lifetime': 3600,
    }),
  )
  await intake.receive(asked({ extensions: [aaa] }))
  const ownSpi = homeAgentKeys.of(homeAgent)?.incoming.spi ?? 0

  const informed: string[] = []
  const acknowledged: Buffer[] = []
  const here = new Revocations({
    role: 'foreign-agent',
    associations: homeAgentKeys,
    send: (bytes) => void acknowledged.push(bytes),
    find: (revocation) =>
      revokedVisit(
        { careOfAddress, homeAgentKeys, visits, inform: (visitor) => informed.push(visitor.linkAddress) },
        revocation,
      ),
    clock,
    log: silentLog,
  })
  const atHome = new Revocations({
    role: 'home-agent',
    associations: new AgentAssociations(clock),
    send: (bytes) => void here.receive(bytes, { address: homeAgent, port: 434 }),
    find: () => undefined,
    clock,
    log: silentLog,
  })
  clock.advance(2000)
  const revoke = async (changes: { homeAddress?: string; inform?: boolean; foreign?: string } = {}) => {
    atHome.revoke({
      homeAddress: changes.homeAddress ?? '192.0.2.11',
      homeDomainAddress: homeAgent,
      foreignDomainAddress: changes.foreign ?? careOfAddress,
      inform: changes.inform ?? true,
      association: {
        incoming: { spi: 9000, key, algorithm },
        outgoing: { spi: ownSpi, key, algorithm },
      },
      expiresAtMilliseconds: clock.now() + 500,
    })
    await atRest()
  }
  return { ...staged, informed, acknowledged, revoke }
}

test('a visit that its home agent revokes ends: kernel, usage, session; the node is told, the home agent answered', async (t) => {
  const { datapath, diameter, visits, informed, acknowledged, revoked, revoke } = await setUp()
  await revoke()
  t.is(visits.visitors.of(nai), undefined)
  t.is(datapath.footprints.size, 0)
  t.deepEqual(informed, ['02:00:00:00:00:11'])
  t.is(acknowledged.length, 1)
  t.is(acknowledged[0]?.readUInt16BE(2), 0x8000)
  t.like(diameter.sent('Session-Termination'), [{ 'Termination-Cause': 4 }])
  t.deepEqual(revoked, [], 'the home agent is not told of what it has said')
})

test('without the I bit the node is not told', async (t) => {
  const { visits, informed, acknowledged, revoke } = await setUp()
  await revoke({ inform: false })
  t.is(visits.visitors.of(nai), undefined)
  t.deepEqual(informed, [])
  t.is(acknowledged[0]?.readUInt16BE(2), 0)
})

test('a revocation of another node or another agent ends no visit', async (t) => {
  const { visits, informed, acknowledged, revoke } = await setUp()
  await revoke({ homeAddress: '192.0.2.12' })
  await revoke({ foreign: '10.1.2.2' })
  t.truthy(visits.visitors.of(nai))
  t.deepEqual(informed, [])
  t.is(acknowledged.length, 2)
})
