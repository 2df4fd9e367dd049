import { type Ipv4Address, unspecifiedAddress } from '#core/ipv4.ts'
import type { RevisedProfile, Session, Subscriber } from '../database/service-control-database.ts'
import type { NodeState, OperatorBackend, SessionState, SubscriberDetail } from '../operator-api/resources.ts'
import { distribute } from './distribution.ts'
import { type DistributionReport, distributionReport } from './distribution-report.ts'
import type { Server } from './server.ts'

/** What the operator API shows and does, over the database and the distribution. */
export function operatorBackend(server: Server): OperatorBackend {
  const { database, clock } = server
  return {
    async subscribers() {
      const sessions = Map.groupBy(await database.openSessions(), ({ nai }) => nai)
      return Promise.all(
        (await database.subscribers()).map(async (subscriber) => {
          const { nai } = subscriber
          const open = sessions.get(nai) ?? []
          const { name, revision, decidedBy } = await database.effective(nai)
          return {
            nai,
            homeAddress: homeAddressOf(subscriber, open),
            profile: name,
            revision,
            decidedBy: decidedBy.layer,
            foreignAgent: open.find(({ role }) => role === 'foreign-agent')?.node ?? null,
          }
        }),
      )
    },

    async subscriber(nai) {
      const subscriber = await database.subscriber(nai)
      if (!subscriber) return undefined
      const sessions = await database.openSessions(nai)
      const usage = (await database.usage(nai)) ?? noUsage
      return describe(subscriber, await database.effective(nai), sessions, usage)
    },

    async setProfile(nai, { profile, reason, author }) {
      if (!(await database.subscriber(nai))) return undefined
      const effective = await database.setBaseProfile(nai, { profile, reason, author, at: clock.now() })
      const { state, nodes } = await distribute(server, nai)
      return {
        nai,
        profile: effective.name,
        decidedBy: effective.decidedBy.layer,
        revision: effective.revision,
        state,
        nodes: describeNodes(nodes),
      }
    },
  }
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
  { name, downlink, decidedBy, revision, since }: RevisedProfile,
  sessions: readonly Session[],
  usage: SessionState['usage'],
): SubscriberDetail {
  const { state, nodes } = distributionReport(revision, sessions)
  return {
    nai: subscriber.nai,
    homeAddress: homeAddressOf(subscriber, sessions),
    profile: {
      name,
      downlink,
      decidedBy: { ...decidedBy, since: iso(decidedBy.since) },
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

function describeNodes(nodes: DistributionReport['nodes']): Record<string, NodeState> {
  return Object.fromEntries(
    Object.entries(nodes).map(([identity, { role, revision, milliseconds, failure }]) => [
      identity,
      { role, revision: revision ?? null, milliseconds: milliseconds ?? null, failure: failure ?? null },
    ]),
  )
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
