/** A node that speaks with a foreign agent and a home agent of the test's own, whose keys come from the node's nonces. */
import { setImmediate as kernelDone } from 'node:timers/promises'
import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { isAuthentication, sealExtension, verifyExtension } from '#wire/mobile-ip/authentication.ts'
import { type Extension, findExtension, registrationExtensions } from '#wire/mobile-ip/extension.ts'
import { encodeExtension } from '#wire/mobile-ip/extension-format.ts'
import { deriveKey } from '#wire/mobile-ip/key-distribution.ts'
import { decodeRegistration, encodeRegistration } from '#wire/mobile-ip/registration.ts'
import { Registrar } from './registrar.ts'
import type { NodeSettings, Way } from './registration-state.ts'
import { a1, a2, hear, homeLink, settings } from './sample.ts'

const aaaKey = Buffer.alloc(16, 7)
const nai = 'mn1@home.example'
const nonces = { home: Buffer.alloc(16, 1), foreign: Buffer.alloc(16, 2) }
const key = (nonce: Buffer) => ({ key: deriveKey(aaaKey, nonce, nai), algorithm: 'hmac-sha1' }) as const
const spis = { homeAgent: 12_289, foreignAgent: 5000 }

class World {
  readonly clock = new ManualClock()
  readonly ways: (Way | 'detached')[] = []
  readonly requests: { bytes: Buffer; timeToLive: number | undefined; to: string }[] = []
  readonly registrar: Registrar
  /** Under which the node wants to hear the two agents. */
  nodeSpis = { home: 0, foreign: 0 }

  constructor(wishes: Partial<NodeSettings> = {}) {
    const { clock, requests, ways } = this
    this.registrar = new Registrar({
      identity: { nai, mobileAaa: { spi: 4100, key: aaaKey, algorithm: 'hmac-md5' } },
      settings: { ...settings, ...wishes },
      link: {
        sendRegistration: (bytes, { timeToLive, destination }) =>
          requests.push({ bytes, timeToLive, to: destination }),
        sendDiscovery: () => {},
      },
      direct: {
        send: (bytes, { source, destination }) =>
          requests.push({ bytes, timeToLive: undefined, to: `${source}>${destination}` }),
      },
      attachment: {
        attach: (way) => Promise.resolve(void ways.push(way)),
        detach: () => Promise.resolve(void ways.push('detached')),
      },
      clock,
      log: silentLog,
    })
  }

  /** The latest request; the SPIs that it asks keys for are kept. */
  get request() {
    const { bytes } = this.requests.at(-1) ?? { bytes: Buffer.alloc(0) }
    const message = decodeRegistration(bytes)
    if (message.type !== 'registration-request') throw new TypeError('the node sends requests')
    const home = findExtension(message.extensions, 'mn-ha-key-generation-request')?.mobileNodeSpi
    const foreign = findExtension(message.extensions, 'mn-fa-key-generation-request')?.mobileNodeSpi
    this.nodeSpis = { home: home ?? this.nodeSpis.home, foreign: foreign ?? this.nodeSpis.foreign }
    return { ...message, bytes, kinds: message.extensions.map(({ kind }) => kind), home, foreign }
  }

  /** Answers the latest request; `high`: the upper half of the identification. */
  answer(
    code: number,
    {
      high,
      proveForeign = false,
      more = [] as Extension[],
      replayMethod = 2,
      behind = [] as Extension[],
    } = {} as Answer,
  ) {
    const { home, foreign, identification, lifetimeSeconds } = this.request
    const extensions: Extension[] = [...more]
    const common = { lifetimeSeconds: 3600, aaaSpi: 4100, algorithm: 2 }
    if (home !== undefined) {
      const about = { ...common, homeAgentSpi: spis.homeAgent, replayMethod, nonce: nonces.home }
      extensions.push({ kind: 'mn-ha-key-generation-reply', ...about })
    }
    if (foreign !== undefined) {
      const about = { ...common, foreignAgentSpi: spis.foreignAgent, nonce: nonces.foreign }
      extensions.push({ kind: 'mn-fa-key-generation-reply', ...about })
    }
    const low = identification & 0xffff_ffffn
    const bytes = encodeRegistration({
      type: 'registration-reply',
      code,
      lifetimeSeconds,
      homeAddress: '192.0.2.11',
      homeAgent: '192.0.2.1',
      identification: high === undefined ? identification : (high << 32n) | low,
      extensions,
    })
    const sealed =
      code >= 64 && code < 128
        ? bytes
        : sealExtension(bytes, 'mobile-home-authentication', { spi: this.nodeSpis.home, ...key(nonces.home) })
    const whole = Buffer.concat([
      sealed,
      ...behind.map((extension) => encodeExtension(registrationExtensions, extension)),
    ])
    const proven = proveForeign
      ? sealExtension(whole, 'mobile-foreign-authentication', {
          spi: this.nodeSpis.foreign,
          ...key(nonces.foreign),
        })
      : whole
    this.registrar.receive({ payload: proven, source: a1.address })
  }
}

interface Answer {
  high?: bigint
  proveForeign?: boolean
  more?: Extension[]
  /** Without the home agent's proof. */
  behind?: Extension[]
  replayMethod?: number
}

const challenge = Buffer.from('challenge 1')
const refreshing = 500_000

test('a challenge is answered through the home server at first, then with a key of the foreign agent', async (t) => {
  const world = new World()
  world.registrar.handle(hear({ ...a1, lifetimeSeconds: 9000, challenge }))
  t.deepEqual(world.request.kinds, [
    'mobile-node-nai',
    'mn-ha-key-generation-request',
    'mn-fa-key-generation-request',
    'challenge',
    'mobile-aaa-authentication',
  ])
  const next = Buffer.from('challenge 2')
  world.answer(0, { more: [{ kind: 'challenge', challenge: next }] })
  await kernelDone()
  t.is(world.ways.length, 1)

  world.clock.advance(refreshing)
  const refresh = world.request
  t.deepEqual(refresh.kinds, [
    'mobile-node-nai',
    'mobile-home-authentication',
    'challenge',
    'mobile-foreign-authentication',
  ])
  t.deepEqual(findExtension(refresh.extensions, 'challenge')?.challenge, next)
  const proof = refresh.extensions.filter((extension) => isAuthentication(extension)).at(-1)
  t.true(proof && verifyExtension(refresh.bytes, proof, { spi: spis.foreignAgent, ...key(nonces.foreign) }))

  world.answer(0)
  await kernelDone()
  t.is(world.ways.length, 1, 'the foreign agent has not proven its reply')
  world.answer(0, { proveForeign: true })
  await kernelDone()
  t.is(world.ways.length, 2)
})

test('a home agent that keeps nonces gets its own back, and an identical retransmission', async (t) => {
  const world = new World()
  world.registrar.handle(hear({ ...a1, lifetimeSeconds: 9000 }))
  world.answer(0, { high: 0xaaaan, replayMethod: 3 })
  world.clock.advance(refreshing)
  const first = world.request
  t.is(first.identification >> 32n, 0xaaaan)
  world.clock.advance(1000)
  t.is(world.requests.length, 3)
  t.deepEqual(world.request.bytes, first.bytes)
  world.answer(133, { high: 0xbbbbn })
  t.is(world.request.identification >> 32n, 0xbbbbn)
  world.answer(0, { high: 0xccccn })
  await kernelDone()
  t.is(world.ways.length, 2)
})

test('the clock of a home agent that keeps timestamps is followed', (t) => {
  const world = new World()
  world.registrar.handle(hear(a1))
  const before = world.request.identification >> 32n
  world.answer(133, { high: before + 3600n })
  t.is(world.request.identification >> 32n, before + 3600n)
})

test('with a reverse tunnel the request shows that nobody has forwarded it', (t) => {
  const terms = { ...settings.terms, reverseTunnel: 'direct' as const }
  const world = new World({ terms })
  world.registrar.handle(hear({ ...a1, flags: { ...a1.flags, reverseTunnelling: true } }))
  t.is(world.requests[0]?.timeToLive, 255)
  t.true(world.request.flags.reverseTunnelling)
})

test('a co-located node speaks to its home agent, from the address that it has', async (t) => {
  const world = new World({ coLocated: true })
  world.registrar.handle({ kind: 'start' })
  world.registrar.handle({ kind: 'address-found', careOfAddress: '10.9.9.2' })
  t.is(world.requests[0]?.to, '10.9.9.2>192.0.2.1')
  t.true(world.request.flags.decapsulationByMobileNode)
  world.answer(65)
  world.clock.advance(0)
  t.is(world.requests.length, 1, 'there is no foreign agent that could deny')
  world.answer(0)
  await kernelDone()
  t.like(world.ways[0], { homeAddress: '192.0.2.11', point: { kind: 'co-located' } })
  const ended = world.registrar.stop()
  t.is(world.request.lifetimeSeconds, 0)
  world.answer(0)
  t.is(await ended, 'deregistered')
})

test('an address that is to be allocated is asked for by 0.0.0.0, and the node’s own afterwards', (t) => {
  const world = new World({ homeAddress: '0.0.0.0', homeAgent: '0.0.0.0' })
  world.registrar.handle(hear(a1))
  t.is(world.registrar.homeAddress, '0.0.0.0')
  t.like(world.request, { homeAddress: '0.0.0.0', homeAgent: '0.0.0.0' })
  world.answer(0)
  t.is(world.registrar.homeAddress, '192.0.2.11')
})

test('a home agent that wants nonces from the first says so with the key', (t) => {
  const world = new World()
  world.registrar.handle(hear(a1))
  world.answer(133, { high: 0xaaaan, replayMethod: 3 })
  t.is(world.request.identification >> 32n, 0xaaaan)
  world.answer(0, { high: 0xbbbbn, replayMethod: 3 })
  t.is(world.requests.length, 2)
})

test('what a foreign agent adds of its own fault is its denial, and no binding', async (t) => {
  const world = new World()
  world.registrar.handle(hear(a1))
  world.answer(0, { behind: [{ kind: 'foreign-agent-error', status: 66 }] })
  await kernelDone()
  t.deepEqual(world.ways, [])
})

test('what stands behind the home agent’s proof says nothing of the home agent', async (t) => {
  const terms = { ...settings.terms, encapsulation: 'gre' as const, greKey: 7 }
  const world = new World({ coLocated: true, terms })
  world.registrar.handle({ kind: 'address-found', careOfAddress: '10.9.9.2' })
  world.answer(0, { behind: [{ kind: 'gre-key', key: 666 }] })
  await kernelDone()
  t.like(world.ways[0], { greKeyToHomeAgent: undefined })
})

test('at home the request goes to the node’s own home agent, forwarded by another one where that is heard', (t) => {
  const own = new World()
  const other = new World()
  for (const world of [own, other]) {
    world.registrar.handle(hear(a1))
    world.answer(0)
  }
  own.registrar.handle(hear(homeLink))
  t.like(own.requests.at(-1), { to: '192.0.2.1', timeToLive: undefined })
  other.registrar.handle(hear({ ...homeLink, address: '192.0.2.2' }))
  t.like(other.requests.at(-1), { to: '192.0.2.1', timeToLive: 64 })
})

test('in overlapping cells the way changes when the new agent has accepted, and no sooner', async (t) => {
  const world = new World({ handover: 'make-before-break' })
  world.registrar.handle(hear(a1))
  world.answer(0)
  world.registrar.handle(hear(a2))
  t.true(world.request.flags.simultaneousBindings)
  await kernelDone()
  t.is(world.ways.length, 1)
  world.answer(0)
  await kernelDone()
  t.like(world.ways[1], { point: { agent: { address: a2.address } } })
})
