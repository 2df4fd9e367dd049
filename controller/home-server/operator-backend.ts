import { describeError } from '#core/error.ts'
import { type Ipv4Address, unspecifiedAddress } from '#core/ipv4.ts'
import type { RevisedProfile, Session, Subscriber } from '../database/service-control-database.ts'
import { cut } from '../operator-api/page.ts'
import { OperatorApiError } from '../operator-api/problem.ts'
import type { OperatorBackend, SessionState, SubscriberDetail } from '../operator-api/resources.ts'
import { strongest } from '../profile/layers.ts'
import { changeBackend, iso } from './change-backend.ts'
import { distribute } from './distribution.ts'
import { describeNodes, distributionReport } from './distribution-report.ts'
import { explanationBackend } from './explanation-backend.ts'
import type { Server } from './server.ts'
import { SubscriberQueue } from './subscriber-queue.ts'

/** What the operator API shows and does, over the database and the distribution. */
export function operatorBackend(server: Server): OperatorBackend {
  const { database, diameter, clock, live, log } = server
  /** Of one subscriber one after the other, so that none overwrites what it has not seen. */
  const edits = new SubscriberQueue<never>()

  async function describeSubscriber(nai: string): Promise<SubscriberDetail | undefined> {
    const subscriber = await database.subscriber(nai)
    if (!subscriber) return undefined
    const sessions = await database.openSessions(nai)
    const usage = (await database.usage(nai)) ?? noUsage
    return describe(subscriber, await database.effective(nai), sessions, usage)
  }

  return {
    ...changeBackend(server),
    ...explanationBackend(server),

    async subscribers(page) {
      const sessions = Map.groupBy(await database.openSessions(), ({ nai }) => nai)
      const { items, next } = cut(await database.subscribers(), ({ nai }) => nai, page)
      const subscribers = await Promise.all(
        items.map(async (subscriber) => {
          const { nai } = subscriber
          const open = sessions.get(nai) ?? []
          const { profile, revision, decidedBy } = await database.effective(nai)
          return {
            nai,
            homeAddress: homeAddressOf(subscriber, open),
            profile: profile.name,
            revision,
            decidedBy: strongest(decidedBy).layer,
            foreignAgent: open.find(({ role }) => role === 'foreign-agent')?.node ?? null,
          }
        }),
      )
      return { subscribers, next }
    },

    subscriber: describeSubscriber,

    async setProfile(nai, { profile, reason, author, ifRevision }) {
      if (!(await database.subscriber(nai))) return undefined
      const effective = await edits.run(nai, async () => {
        const { revision } = await database.effective(nai)
        if (ifRevision === undefined || ifRevision === revision)
          return database.setBaseProfile(nai, { profile, reason, author, at: clock.now() })
        throw new OperatorApiError('api/stale', `revision ${revision} is in force, not ${ifRevision}`, {
          more: { yours: { profile, revision: ifRevision }, current: await describeSubscriber(nai) },
        })
      })
      live.publish({ kind: 'subscriber', nai, author })
      const { state, nodes } = await distribute(server, nai)
      return {
        nai,
        profile: effective.profile.name,
        decidedBy: strongest(effective.decidedBy).layer,
        revision: effective.revision,
        state,
        nodes: describeNodes(nodes),
      }
    },

    async sessions(page) {
      const { items, next } = cut(await database.openSessions(), sessionKey, page)
      const sessions = items.map(
        ({ sessionId, nai, role, node, address, startedAt, authorizedUntil, installation }) => ({
          sessionId,
          nai,
          role,
          node,
          address,
          startedAt: iso(startedAt),
          authorizedUntil: iso(authorizedUntil),
          revision: installation.revision ?? null,
          failure: installation.failure?.reason ?? null,
        }),
      )
      return { sessions, next }
    },

    async faults() {
      // Anybody may ask: the reason, which can name hosts and users, is for the log.
      const unreadable = await database.homeAgentLoad().then(
        () => [],
        (error: unknown) => {
          log.error({ event: 'not-ready', error: describeError(error) }, 'the database does not answer')
          return ['the database does not answer']
        },
      )
      return [...unreadable, ...(diameter.openPeers.length === 0 ? ['no Diameter peer is open'] : [])]
    },

    async gauges() {
      const open = await database.openSessions()
      const homeAgent = open.filter(({ role }) => role === 'home-agent').length
      return {
        sessions: { homeAgent, foreignAgent: open.length - homeAgent },
        diameterPeersOpen: diameter.openPeers.length,
        editsOpen: (await database.openEdits()).length,
        eventsWaiting: await database.eventsWaiting(),
      }
    },
  }
}

/** A home agent's before the visit, as the database lists them. */
function sessionKey({ nai, role, sessionId }: Session): string {
  return `${nai} ${role === 'home-agent' ? 0 : 1} ${sessionId}`
}

const noUsage: SessionState['usage'] = {
  downlinkBytes: 0,
  downlinkPackets: 0,
  uplinkBytes: 0,
  uplinkPackets: 0,
}

/** 0.0.0.0: none yet, and none fixed. */
function homeAddressOf(
  { homeAddress, assignedHomeAddress }: Subscriber,
  sessions: readonly Session[],
): Ipv4Address {
  const inUse = sessions.find(({ role }) => role === 'home-agent')?.homeAddress
  return inUse ?? homeAddress ?? assignedHomeAddress ?? unspecifiedAddress
}

function describe(
  subscriber: Subscriber,
  { profile, decidedBy, revision, since }: RevisedProfile,
  sessions: readonly Session[],
  usage: SessionState['usage'],
): SubscriberDetail {
  const { state, nodes } = distributionReport(revision, sessions)
  const { rate, ceil, priority } = profile.class.downlink
  const { layer, source, reason, author, since: decidedAt } = strongest(decidedBy)
  return {
    nai: subscriber.nai,
    homeAddress: homeAddressOf(subscriber, sessions),
    profile: {
      name: profile.name,
      downlink: { rateBitsPerSecond: rate, ceilBitsPerSecond: ceil, priority },
      decidedBy: { layer, profile: source, reason, author, since: iso(decidedAt) },
      revision,
      since: iso(since),
    },
    state,
    nodes: describeNodes(nodes),
    session: describeSession(sessions, usage),
  }
}

function describeSession(sessions: readonly Session[], usage: SessionState['usage']): SessionState | null {
  const home = sessions.find(({ role }) => role === 'home-agent')
  const visit = sessions.find(({ role }) => role === 'foreign-agent')
  if (!home) return null
  return {
    sessionId: home.sessionId,
    startedAt: iso(home.startedAt),
    authorizedUntil: iso(home.authorizedUntil),
    homeAgent: { identity: home.node, address: home.address },
    foreignAgent: visit ? { identity: visit.node, careOfAddress: visit.address } : null,
    usage,
  }
}
