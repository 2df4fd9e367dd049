import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { StateStore } from '../state-store/state-store.ts'
import { HomeAgentKeys } from './home-agent-keys.ts'
import { foreignAgentState } from './visitor-store.ts'

const homeAgent = '192.0.2.1'

function association(spi: number, expiresAtMilliseconds: number) {
  const oneWay = { spi, key: Buffer.alloc(20), algorithm: 'hmac-sha1' } as const
  return { incoming: oneWay, outgoing: oneWay, expiresAtMilliseconds }
}

test('one realm at a time speaks for a home agent, until its association expires', (t) => {
  const clock = new ManualClock()
  const keys = new HomeAgentKeys(clock, foreignAgentState(new StateStore(':memory:', 0)))
  t.true(keys.accept(homeAgent, 'home.example', association(300, clock.now() + 1000)))
  t.false(keys.accept(homeAgent, 'other.example', association(400, clock.now() + 9000)))
  t.true(keys.accept(homeAgent, 'home.example', association(500, clock.now() + 2000)))
  t.is(keys.ofRealm(homeAgent, 'home.example')?.incoming.spi, 500)
  t.is(keys.withIncomingSpi(homeAgent, 400), undefined)
  t.is(keys.ofRealm(homeAgent, 'other.example'), undefined)
  clock.advance(2000)
  t.is(keys.ofRealm(homeAgent, 'home.example'), undefined)
  t.true(keys.accept(homeAgent, 'other.example', association(600, clock.now() + 1000)))
  t.is(keys.ofRealm(homeAgent, 'other.example')?.incoming.spi, 600)
})
