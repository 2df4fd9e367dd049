/** For tests: a home agent whose kernel, home server, foreign agents and nodes are made up. */
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import type { Avps } from '#wire/diameter/avps.ts'
import { encodeServiceProfile, type ServiceProfile } from '#wire/diameter/service-profile.ts'
import {
  type MobilitySecurityAssociation,
  sealExtension,
  verifyExtension,
} from '#wire/mobile-ip/authentication.ts'
import { type Extension, findExtension } from '#wire/mobile-ip/extension.ts'
import { timestampIdentification } from '#wire/mobile-ip/identification.ts'
import { decodeRegistration, encodeRegistration } from '#wire/mobile-ip/registration.ts'
import { noRegistrationFlags, type RegistrationFlags } from '#wire/mobile-ip/registration-request.ts'
import { FakeDatapath } from '../authorized-session/fake-datapath.ts'
import { FakeHomeServer } from '../authorized-session/fake-home-server.ts'
import { AgentAssociations } from '../revocation/agent-association.ts'
import type { RevocableRegistration } from '../revocation/revocations.ts'
import { StateStore } from '../state-store/state-store.ts'
import { BindingRegistration, type HomeAgentParts } from './binding-registration.ts'
import { homeAgentState } from './binding-store.ts'
import { CoLocatedAuthorization } from './co-located-authorization.ts'
import { answerRegistration } from './direct-registration.ts'
import type { HomeAddressPool } from './home-address-pool.ts'
import { answerHomeAgentRequest } from './home-agent-request.ts'
import { unprovenLimit } from './unproven-limit.ts'

export const nai = 'mn1@home.example'
export const sessionKey = Buffer.alloc(20, 3)
export const mobileNodeSpi = 8193
export const foreignAgentKey = Buffer.alloc(20, 6)
export const bronze: ServiceProfile = {
  name: 'bronze',
  revision: 1,
  downlink: { rateBitsPerSecond: 4e6, ceilBitsPerSecond: 4e6, priority: 3 },
}
/** What a test changes in a request of the node. */
export interface Changes {
  careOfAddress?: string
  lifetimeSeconds?: number
  homeAddress?: string
  homeAgent?: string
  flags?: Partial<RegistrationFlags>
  name?: string
}

/** @param before file and clock of a former process, with whose state this one goes on */
export function setUp(
  changedParts: Partial<HomeAgentParts> = {},
  homeAddresses?: HomeAddressPool,
  { file, clock }: { file: string; clock: ManualClock } = { file: ':memory:', clock: new ManualClock() },
) {
  const { address = '192.0.2.1' } = changedParts
  const store = new StateStore(file, clock.now())
  const state = homeAgentState(store)
  const datapath = new FakeDatapath()
  const diameter = new FakeHomeServer()
  const associations = new AgentAssociations(clock, state.associations)
  const revoked: RevocableRegistration[] = []
  const registration = new BindingRegistration({
    address,
    maximumLifetimeSeconds: 1800,
    policy: { reverseTunnelling: 'optional', gre: true },
    datapath,
    diameter,
    revocations: { revoke: (order) => void revoked.push(order) },
    associations,
    state,
    clock,
    log: silentLog,
    ...changedParts,
  })
  let low = 0
  const request = (
    { flags, name = nai, ...changes }: Changes,
    extensions: Extension[] = [],
    identification = timestampIdentification(clock.now(), ++low),
  ) =>
    encodeRegistration({
      type: 'registration-request',
      flags: { ...noRegistrationFlags, ...flags },
      lifetimeSeconds: 600,
      homeAddress: '192.0.2.11',
      homeAgent: address,
      careOfAddress: '10.1.1.2',
      identification,
      ...changes,
      extensions: [{ kind: 'mobile-node-nai', nai: name }, ...extensions],
    })
  const newSessionId = () => `ha;multi;${++low}`
  const nodeKeys = (replayMode: 2 | 3 = 2) => ({
    'MIP-MN-to-HA-MSA': {
      'MIP-Algorithm-Type': 2,
      'MIP-Replay-Mode': replayMode,
      'MIP-Nonce': Buffer.alloc(16, 4),
    },
    'MIP-HA-to-MN-MSA': {
      'MIP-Algorithm-Type': 2,
      'MIP-Replay-Mode': replayMode,
      'MIP-Session-Key': sessionKey,
    },
  })
  const fromServer = (bytes: Buffer, changes: Partial<Avps<'Home-Agent-MIP', 'request'>> = {}) =>
    answerHomeAgentRequest(
      { address, registration, associations, datapath, homeAddresses, clock, newSessionId },
      {
        'Session-Id': 'aaah;1;2',
        'Auth-Application-Id': 2,
        'Authorization-Lifetime': 3600,
        'Auth-Session-State': 0,
        'MIP-Reg-Request': bytes,
        'Origin-Host': 'aaah.home.example',
        'Origin-Realm': 'home.example',
        'User-Name': nai,
        'Destination-Realm': 'home.example',
        'MIP-Feature-Vector': 16,
        ...nodeKeys(),
        ...encodeServiceProfile(bronze),
        ...changes,
      },
    )
  /** With a proof for the home server; `behind` is added by the foreign agent. */
  const proven = (
    changes: Changes = {},
    {
      identification,
      extensions = [],
      behind = [],
    }: { identification?: bigint; extensions?: Extension[]; behind?: Extension[] } = {},
  ) =>
    request(
      changes,
      [
        ...extensions,
        { kind: 'mn-ha-key-generation-request', mobileNodeSpi },
        { kind: 'mobile-aaa-authentication', spi: 4100, authenticator: Buffer.alloc(16) },
        ...behind,
      ],
      identification,
    )
  /** With a proof for the home agent. */
  const sealed = (
    changes: Changes,
    association: MobilitySecurityAssociation,
    extensions: Extension[] = [],
    identification?: bigint,
  ) => sealExtension(request(changes, extensions, identification), 'mobile-home-authentication', association)
  const limit = unprovenLimit(clock)
  const coLocated = new CoLocatedAuthorization({ address, registration, diameter, clock, log: silentLog })
  /** Sent to port 434 of the agent. */
  const toAgent = (bytes: Buffer, from = '10.1.1.2', isBroadcast = false) =>
    answerRegistration(
      { address, registration, associations, coLocated, limit, clock },
      { bytes, from: { address: from, port: 434 }, isBroadcast },
    )
  /** Bound by the home server; the association as the node has it. */
  const bind = async (changes: Changes = {}, avps: Partial<Avps<'Home-Agent-MIP', 'request'>> = {}) =>
    read((await fromServer(proven(changes), avps))['MIP-Reg-Reply']).toHomeAgent
  return {
    clock,
    store,
    state,
    datapath,
    diameter,
    associations,
    revoked,
    registration,
    request,
    fromServer,
    nodeKeys,
    proven,
    sealed,
    toAgent,
    bind,
  }
}

/** The reply as the node reads it: whether its seal holds, its code and lifetime, and the association with the agent. */
export function read(bytes: Buffer | string | undefined) {
  if (!Buffer.isBuffer(bytes)) throw new TypeError(`no reply: ${bytes}`)
  const reply = decodeRegistration(bytes)
  if (reply.type !== 'registration-reply') throw new TypeError('not a reply')
  const proof = findExtension(reply.extensions, 'mobile-home-authentication')
  const association = { spi: mobileNodeSpi, key: sessionKey, algorithm: 'hmac-sha1' } as const
  const generated = findExtension(reply.extensions, 'mn-ha-key-generation-reply')
  const { code, lifetimeSeconds, homeAgent, homeAddress, identification, extensions } = reply
  return {
    sealed: proof !== undefined && verifyExtension(bytes, proof, association),
    code,
    lifetimeSeconds,
    homeAgent,
    homeAddress,
    identification,
    extensions,
    toHomeAgent: { ...association, spi: generated?.homeAgentSpi ?? 0 },
    generated,
  }
}
