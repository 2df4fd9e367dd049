/** For tests: a foreign agent whose kernel, link, home server and home agent are played by the test. */
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import type { RequestMessage } from '#wire/diameter/message.ts'
import { encodeServiceProfile, type ServiceProfile } from '#wire/diameter/service-profile.ts'
import type { Extension } from '#wire/mobile-ip/extension.ts'
import { decodeRegistration, encodeRegistration } from '#wire/mobile-ip/registration.ts'
import type { RegistrationReply } from '#wire/mobile-ip/registration-reply.ts'
import { noRegistrationFlags, type RegistrationFlags } from '#wire/mobile-ip/registration-request.ts'
import type { ReceivedRegistration } from '../access-link/access-link.ts'
import { RecordQueue } from '../accounting/record-queue.ts'
import { RecordStore } from '../accounting/record-store.ts'
import { FakeDatapath } from '../authorized-session/fake-datapath.ts'
import { FakeHomeServer, type LaidOut } from '../authorized-session/fake-home-server.ts'
import type { Datapath } from '../datapath/datapath.ts'
import { StateStore } from '../state-store/state-store.ts'
import type { ChallengeWindow } from './challenge-window.ts'
import { ForwardOrders } from './forward-orders.ts'
import { HomeAgentKeys } from './home-agent-keys.ts'
import type { RelayOutcome } from './home-agent-relay.ts'
import { NodeReplies } from './node-replies.ts'
import { handleQosInstall } from './qos-install.ts'
import { RegistrationDecision } from './registration-decision.ts'
import { type IntakeLimits, RegistrationIntake } from './registration-intake.ts'
import { decodeReply } from './reply-checks.ts'
import type { ForeignAgentOffer } from './request-checks.ts'
import { VisitProvision } from './visit-provision.ts'
import { revokeAtHome } from './visit-revocation.ts'
import { foreignAgentState } from './visitor-store.ts'
import { Visits } from './visits.ts'

export const nai = 'mn1@home.example'
export const name = { kind: 'mobile-node-nai', nai } as const satisfies Extension
export const aaa = {
  kind: 'mobile-aaa-authentication',
  spi: 4100,
  authenticator: Buffer.alloc(16),
} as const satisfies Extension
export const home = {
  kind: 'mobile-home-authentication',
  spi: 700,
  authenticator: Buffer.alloc(20),
} as const satisfies Extension
export const bronze: ServiceProfile = {
  name: 'bronze',
  revision: 1,
  downlink: { rateBitsPerSecond: 4e6, ceilBitsPerSecond: 4e6, priority: 3 },
}
export const careOfAddress = '10.1.1.2'
export const address = '10.1.101.1'
export const homeAgent = '192.0.2.1'

export interface Asked {
  identification?: bigint
  lifetimeSeconds?: number
  flags?: Partial<RegistrationFlags>
  extensions?: Extension[]
  homeAddress?: string
  homeAgent?: string
  careOfAddress?: string
  sourceLinkAddress?: string
  nai?: string
  timeToLive?: number
  /** What becomes of the bytes before they are sent. */
  sealed?: (bytes: Buffer) => Buffer
}

/** A request as it comes from the link. */
export function asked(changes: Asked = {}): ReceivedRegistration {
  const { sourceLinkAddress = '02:00:00:00:00:11', timeToLive = 1, sealed, ...fields } = changes
  const payload = encodeRegistration({
    type: 'registration-request',
    flags: { ...noRegistrationFlags, ...fields.flags },
    lifetimeSeconds: fields.lifetimeSeconds ?? 600,
    homeAddress: fields.homeAddress ?? '192.0.2.11',
    homeAgent: fields.homeAgent ?? homeAgent,
    careOfAddress: fields.careOfAddress ?? careOfAddress,
    identification: fields.identification ?? 1n,
    extensions: [{ ...name, nai: fields.nai ?? nai }, ...(fields.extensions ?? [aaa])],
  })
  return {
    sourceLinkAddress,
    source: '192.0.2.11',
    destination: address,
    timeToLive,
    sourcePort: 434,
    payload: sealed ? sealed(payload) : payload,
  }
}

export interface Said {
  code?: number
  lifetimeSeconds?: number
  homeAddress?: string
  homeAgent?: string
  extensions?: Extension[]
  sealed?: (bytes: Buffer) => Buffer
}

/** The home agent's reply to a request. */
export function replyTo(request: Buffer, said: Said = {}): Buffer {
  const { sealed, ...fields } = said
  const message = decodeRegistration(request)
  const bytes = encodeRegistration({
    type: 'registration-reply',
    code: 0,
    lifetimeSeconds: 600,
    homeAddress: message.homeAddress,
    homeAgent: message.homeAgent,
    identification: message.identification,
    extensions: [name],
    ...fields,
  })
  return sealed ? sealed(bytes) : bytes
}

/** What the home server answers when all is well. */
export const granted = (request: Buffer, changes: Record<string, unknown> = {}): LaidOut => ({
  'Result-Code': 2001,
  'MIP-Reg-Reply': replyTo(request),
  'Acct-Multi-Session-Id': 'ha;multi;1',
  'Authorization-Lifetime': 3600,
  'Acct-Interim-Interval': 10,
  ...encodeServiceProfile(bronze),
  ...changes,
})

export interface Stage {
  /** Takes the place of the kernel that the test plays. */
  kernel?: Pick<Datapath, 'set' | 'remove' | 'counters' | 'report'>
  limits?: Partial<IntakeLimits>
  offer?: Partial<ForeignAgentOffer>
  challenges?: ChallengeWindow
  errorExtension?: boolean
  asksForHomeAgentKey?: boolean
  revocation?: boolean
  /** Keeps the agent's state; that of a former process, with its clock and its records, for one that goes on. */
  store?: StateStore
  clock?: ManualClock
  recordsFile?: string
}

export function stageAgent(stage: Stage = {}) {
  const clock = stage.clock ?? new ManualClock()
  const datapath = new FakeDatapath()
  const diameter = new FakeHomeServer()
  diameter.answers.set('AA-Mobile-Node', (avps) => granted(avps['MIP-Reg-Request'] as Buffer))
  const state = foreignAgentState(stage.store ?? new StateStore(':memory:', clock.now()))
  const homeAgentKeys = new HomeAgentKeys(clock, state)
  /** Home addresses whose visits were revoked at their home agents. */
  const revoked: string[] = []
  const visits = new Visits({
    careOfAddress,
    accessInterface: 'access',
    datapath: stage.kernel ?? datapath,
    diameter,
    records: new RecordQueue({
      store: new RecordStore(stage.recordsFile ?? ':memory:'),
      diameter,
      clock,
      log: silentLog,
    }),
    state,
    left(visitor, cause) {
      const revocations = { revoke: ({ homeAddress }: { homeAddress: string }) => revoked.push(homeAddress) }
      revokeAtHome({ careOfAddress, homeAgentKeys, revocations }, visitor, cause)
    },
    clock,
    log: silentLog,
  })
  const replies: {
    to: string
    destination: string
    code: number | undefined
    lifetimeSeconds: number | undefined
    low: bigint | undefined
  }[] = []
  /** The same, as decoded and as sent. */
  const sent: { reply: RegistrationReply; bytes: Buffer }[] = []
  const relayed: Buffer[] = []
  let answer: (bytes: Buffer) => RelayOutcome = () => ({ code: 78, reason: 'no answer' })
  const offer = { address, careOfAddress, registrationLifetimeSeconds: 1800, ...stage.offer }
  const withChallenges = stage.challenges && { challenges: stage.challenges }
  const forwardOrders = new ForwardOrders({
    realm: 'a.example',
    ownAddresses: [careOfAddress, address],
    careOfAddress,
    diameter,
    visits,
    clock,
    log: silentLog,
  })
  const provision = new VisitProvision({
    realm: 'a.example',
    offer,
    visits,
    forwardOrders,
    clock,
    log: silentLog,
  })
  const decision = new RegistrationDecision({
    offer,
    timeoutMilliseconds: 7000,
    diameter,
    relay: {
      async relay(bytes) {
        relayed.push(bytes)
        return answer(bytes)
      },
    },
    visits,
    homeAgentKeys,
    asksForHomeAgentKey: stage.asksForHomeAgentKey ?? false,
    revocation: stage.revocation ?? false,
    provision,
    clock,
    log: silentLog,
  })
  const intake = new RegistrationIntake({
    offer,
    limits: { visitors: 100, pending: 5, pendingPerNode: 5, ...stage.limits },
    ...withChallenges,
    visitors: visits.visitors,
    decision,
    replies: new NodeReplies({
      offer,
      link: {
        sendRegistration(bytes, { to, source, destination, destinationPort }) {
          if (destinationPort !== 434 || source !== address)
            throw new TypeError(`wrongly addressed: ${source} to port ${destinationPort}`)
          const reply = decodeReply(bytes)
          if ('unreadable' in reply) throw new TypeError(reply.unreadable)
          const { code, lifetimeSeconds, identification } = reply
          replies.push({ to, destination, code, lifetimeSeconds, low: identification })
          sent.push({ reply, bytes })
        },
      },
      ...withChallenges,
      errorExtension: stage.errorExtension ?? false,
      clock,
      log: silentLog,
    }),
    log: silentLog,
  })
  const homeAgentSays = (code: number, lifetimeSeconds: number, said: Said = {}) => {
    answer = (bytes) => {
      const outcome = replyTo(bytes, { code, lifetimeSeconds, ...said })
      const reply = decodeReply(outcome)
      if ('unreadable' in reply) throw new TypeError(reply.unreadable)
      return { reply, bytes: outcome }
    }
  }
  return {
    clock,
    datapath,
    diameter,
    state,
    visits,
    intake,
    /** An order by the home server, through the foreign server, or by who else the changes say. */
    async order(avps: Record<string, unknown>, peer = 'aaaf.a.example') {
      const origin = { 'Origin-Host': 'aaah.home.example', 'Origin-Realm': 'home.example' }
      const request = { avps: { 'Route-Record': ['aaah.home.example'], ...origin, ...avps } }
      const install = () => ({ 'Result-Code': 2002 })
      const handle = handleQosInstall({ intake, provision, forwardOrders, install })
      return handle(request as unknown as RequestMessage<'QoS-Install'>, { peer })
    },
    replies,
    sent,
    relayed,
    revoked,
    homeAgentKeys,
    homeAgentSays,
  }
}
