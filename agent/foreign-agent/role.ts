import { join } from 'node:path'
import { describeError } from '#core/error.ts'
import type { RoleContext, RunningRole } from '#core/role.ts'
import { DiameterNode } from '#diameter/node.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { mobilityAgentsGroup } from '#wire/mobile-ip/agent-solicitation.ts'
import { WireError } from '#wire/wire-error.ts'
import { AccessLink } from '../access-link/access-link.ts'
import { RecordQueue } from '../accounting/record-queue.ts'
import { RecordStore } from '../accounting/record-store.ts'
import { Advertiser } from '../advertisement/advertiser.ts'
import { installProfiles } from '../authorized-session/profile-installation.ts'
import { rehearse } from '../authorized-session/rehearsal.ts'
import { Datapath } from '../datapath/datapath.ts'
import { openLinkReader } from '../network-control/link-reader.ts'
import { NetworkControl } from '../network-control/network-control.ts'
import { Revocations } from '../revocation/revocations.ts'
import { StateStore } from '../state-store/state-store.ts'
import { advertisedForeignAgent } from './advertised-foreign-agent.ts'
import { ChallengeWindow } from './challenge-window.ts'
import type { ForeignAgentConfig } from './config.ts'
import { ForwardOrders } from './forward-orders.ts'
import { HomeAgentKeys } from './home-agent-keys.ts'
import { HomeAgentRelay } from './home-agent-relay.ts'
import { NodeReplies } from './node-replies.ts'
import { handleQosInstall } from './qos-install.ts'
import { RegistrationDecision } from './registration-decision.ts'
import { RegistrationIntake } from './registration-intake.ts'
import type { ForeignAgentOffer } from './request-checks.ts'
import { visitFootprint } from './visit-footprint.ts'
import { VisitProvision } from './visit-provision.ts'
import { revokeAtHome, revokedVisit } from './visit-revocation.ts'
import { foreignAgentState } from './visitor-store.ts'
import { Visits } from './visits.ts'

/**
 * Runs a foreign agent: it advertises itself on its access link, has visiting nodes authorized by their home server, and delivers what
 * comes out of the tunnels. It goes on with the visitors of a former process. It advertises from the moment that its Diameter peers are open. Needs CAP_NET_ADMIN and CAP_NET_RAW.
 */
export async function startForeignAgent(
  config: ForeignAgentConfig,
  { clock, log }: RoleContext,
): Promise<RunningRole> {
  const { careOfAddress, access, uplink, advertisement, revocation } = config
  const timeoutMilliseconds = config.registrationTimeoutSeconds * 1000
  const identity = config.identity.toLowerCase()
  const stateStore = new StateStore(join(config.stateFolder, `${identity}.sqlite`), clock.now())
  const state = foreignAgentState(stateStore)
  const known = state.visitors.entries().map(([, visitor]) => visitor)
  const { correspondentAgents } = config.routeOptimization
  const place = { careOfAddress, accessInterface: access.interface, correspondentAgents }
  const datapath = await Datapath.open({
    adopt: known.map((visitor) => ({
      subscriber: visitor.nai,
      footprint: visitFootprint(place, visitor, visitor.profile),
      formerUplink: visitor.accounting.formerUplink,
    })),
    shapedInterface: access.interface,
    shapedRateBitsPerSecond: access.rate,
    access: { interface: access.interface, addresses: [access.address, careOfAddress] },
    ...(uplink && { uplink: { interface: uplink.interface, rateBitsPerSecond: uplink.rate } }),
    clock,
    log,
  })
  const link = await AccessLink.open({
    interface: access.interface,
    // With the care-of address on the access link, the relay's socket is the one on its port 434.
    ...(access.address === careOfAddress ? {} : { address: access.address }),
    groups: [mobilityAgentsGroup],
    log,
  })
  const { linkAddress } = link
  const encapsulations = config.gre === 'off' ? (['ipip'] as const) : (['ipip', 'gre'] as const)
  // Whoever is adopted has rehearsed it.
  for (const encapsulation of datapath.adopted.size > 0 ? [] : encapsulations)
    await rehearse(datapath, {
      local: careOfAddress,
      encapsulation,
      delivery: { via: 'access', interface: access.interface, linkAddress },
      ...(config.reverseTunnelling !== 'off' && { reverseTunnel: { style: 'direct' } }),
    })
  const homeAgentKeys = new HomeAgentKeys(clock, state)
  const relay = await HomeAgentRelay.open({
    careOfAddress,
    timeoutMilliseconds,
    others: (bytes, from) => revocations.receive(bytes, from),
    clock,
    log,
  })
  const revocations = new Revocations({
    role: 'foreign-agent',
    associations: homeAgentKeys,
    send: (bytes, to) => relay.send(bytes, to),
    find: (message) =>
      revokedVisit(
        {
          careOfAddress,
          homeAgentKeys,
          visits,
          inform: (visitor) => advertiser.beginAnewFor(visitor.linkAddress, visitor.homeAddress),
        },
        message,
      ),
    clock,
    log,
  })
  const diameter = new DiameterNode({
    identity: config.identity,
    realm: config.realm,
    config: config.diameter,
    applications: { auth: [2, 9], accounting: [2] },
    productName: 'Sojourn foreign agent',
    originStateId: stateStore.originStateId,
    clock,
    log,
  })
  const store = new RecordStore(join(config.stateFolder, `accounting-${identity}.sqlite`))
  const records = new RecordQueue({ store, diameter, clock, log })
  const visits = new Visits({
    ...place,
    datapath,
    diameter,
    records,
    state,
    left(visitor, cause) {
      challenges?.forget(visitor.nai)
      revokeAtHome({ careOfAddress, homeAgentKeys, revocations }, visitor, cause)
    },
    clock,
    log,
  })
  const offer = offerOf(config)
  const challenges = config.challenge === 'required' ? new ChallengeWindow() : undefined
  const withChallenges = challenges && { challenges }
  const replies = new NodeReplies({
    offer,
    link,
    ...withChallenges,
    errorExtension: config.errorExtension,
    clock,
    log,
  })
  const forwardOrders = new ForwardOrders({
    realm: config.realm,
    ownAddresses: [careOfAddress, access.address],
    careOfAddress,
    diameter,
    visits,
    clock,
    log,
  })
  const provision = new VisitProvision({ realm: config.realm, offer, visits, forwardOrders, clock, log })
  const decision = new RegistrationDecision({
    offer,
    timeoutMilliseconds,
    diameter,
    relay,
    visits,
    homeAgentKeys,
    asksForHomeAgentKey: config.homeAgentKeys === 'request',
    revocation,
    provision,
    clock,
    log,
  })
  const intake = new RegistrationIntake({
    offer,
    limits: {
      visitors: config.maximumVisitors,
      pending: config.maximumPendingRegistrations,
      pendingPerNode: config.maximumPendingPerNode,
    },
    ...withChallenges,
    visitors: visits.visitors,
    decision,
    replies,
    log,
  })
  const advertiser = new Advertiser({
    agent: advertisedForeignAgent(offer, {
      intervalSeconds: advertisement.intervalSeconds,
      prefixLength: access.prefixLength,
      revocation,
    }),
    link,
    clock,
    ...withChallenges,
    busy: () => intake.isFull,
    goesOn: datapath.adopted.size > 0,
  })

  const install = installProfiles({
    servedInSession: (sessionId) => visits.visitors.withSession(sessionId),
    footprint: (visitor, profile) => visits.footprint(visitor, profile),
    keep: (visitor) => visits.keep(visitor),
    datapath,
    turns: visits.turns,
    log,
  })
  diameter.handle('QoS-Install', handleQosInstall({ intake, provision, forwardOrders, install }))
  diameter.handle('Abort-Session', async ({ avps }) => ({
    'Result-Code': (await abortSession(visits, intake, avps['Session-Id']))
      ? resultCode.success
      : resultCode.unknownSessionId,
  }))
  link.listen({
    registration: (datagram) => void intake.receive(datagram),
    discovery: (icmp) => {
      try {
        advertiser.answer(icmp)
      } catch (error) {
        if (!(error instanceof WireError)) throw error
        log.debug({ event: 'discovery-discarded', reason: describeError(error) }, 'ICMP message discarded')
      }
    },
  })

  const networkControl = new NetworkControl({
    config: config.networkReports,
    links: [access, ...(uplink ? [uplink] : [])].map((link) => ({
      interface: link.interface,
      rateBitsPerSecond: link.rate,
    })),
    reader: openLinkReader({ clock, log }),
    sessions: () => visits.visitors.all().map(({ session }) => session),
    diameter,
    clock,
    log,
  })

  visits.resume(known, (nai) => datapath.adopted.has(nai))
  await diameter.start()
  diameter.whenOpen().then(
    () => {
      advertiser.start()
      records.start()
      networkControl.start()
      log.info({ event: 'ready' }, 'ready')
    },
    (error: unknown) => log.error({ event: 'peers', reason: describeError(error) }, 'the peers did not open'),
  )
  return {
    async stop() {
      networkControl.close()
      advertiser.stop()
      link.close()
      revocations.close()
      relay.close()
      await visits.close()
      records.stop()
      await diameter.stop()
      await datapath.close()
      stateStore.close()
    },
  }
}

function offerOf(config: ForeignAgentConfig): ForeignAgentOffer {
  const { careOfAddress, access, advertisement, gre, reverseTunnelling } = config
  return {
    address: access.address,
    careOfAddress,
    registrationLifetimeSeconds: advertisement.registrationLifetimeSeconds,
    ...(gre !== 'off' && { gre }),
    ...(reverseTunnelling !== 'off' && { reverseTunnelling }),
    encapsulatingDelivery: config.encapsulatingDelivery,
    coLocatedNodes: config.coLocatedNodes,
  }
}

/** The home server ends a session: because the node has moved on, or for its own reasons. False when there is none. */
async function abortSession(visits: Visits, intake: RegistrationIntake, sessionId: string): Promise<boolean> {
  const nai = visits.visitors.withSession(sessionId)?.nai
  if (nai === undefined) return intake.abort(sessionId)
  return visits.turns.take(nai, async () => {
    if (!visits.visitors.withSession(sessionId)) return false
    await visits.release(nai, 'DIAMETER_ADMINISTRATIVE')
    return true
  })
}
