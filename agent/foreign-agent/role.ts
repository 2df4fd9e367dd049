import { describeError } from '#core/error.ts'
import type { RoleContext, RunningRole } from '#core/role.ts'
import { DiameterNode } from '#diameter/node.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { mobilityAgentsGroup } from '#wire/mobile-ip/agent-solicitation.ts'
import { WireError } from '#wire/wire-error.ts'
import { AccessLink } from '../access-link/access-link.ts'
import { installProfiles } from '../authorized-session/profile-installation.ts'
import { rehearse } from '../authorized-session/rehearsal.ts'
import { Datapath } from '../datapath/datapath.ts'
import { Advertiser } from './advertiser.ts'
import type { ForeignAgentConfig } from './config.ts'
import { HomeAgentRelay } from './home-agent-relay.ts'
import { RegistrationIntake } from './registration-intake.ts'
import { Visits } from './visits.ts'

/**
 * Runs a foreign agent: it advertises itself on its access link, has visiting nodes authorized by their home server, and delivers what
 * comes out of the tunnels. It advertises from the moment that its Diameter peers are open. Needs CAP_NET_ADMIN and CAP_NET_RAW.
 */
export async function startForeignAgent(
  config: ForeignAgentConfig,
  { clock, log }: RoleContext,
): Promise<RunningRole> {
  const { careOfAddress, access, advertisement } = config
  const timeoutMilliseconds = config.registrationTimeoutSeconds * 1000
  const datapath = await Datapath.open({
    shapedInterface: access.interface,
    shapedRateBitsPerSecond: access.rate,
    markIngress: [],
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
  await rehearse(datapath, {
    local: careOfAddress,
    delivery: { via: 'access', interface: access.interface, linkAddress },
  })
  const relay = await HomeAgentRelay.open({ careOfAddress, timeoutMilliseconds, clock, log })
  const diameter = new DiameterNode({
    identity: config.identity,
    realm: config.realm,
    config: config.diameter,
    applications: { auth: [2, 9], accounting: [2] },
    productName: 'Sojourn foreign agent',
    clock,
    log,
  })
  const visits = new Visits({
    careOfAddress,
    accessInterface: access.interface,
    datapath,
    diameter,
    clock,
    log,
  })
  const offer = { careOfAddress, registrationLifetimeSeconds: advertisement.registrationLifetimeSeconds }
  const maximumPending = config.maximumPendingRegistrations
  const intake = new RegistrationIntake({
    address: access.address,
    offer,
    maximumPending,
    timeoutMilliseconds,
    link,
    diameter,
    relay,
    visits,
    clock,
    log,
  })
  const advertiser = new Advertiser({
    agent: { ...offer, address: access.address, intervalSeconds: advertisement.intervalSeconds },
    link,
    clock,
    busy: () => intake.isFull,
  })

  diameter.handle(
    'QoS-Install',
    installProfiles({
      servedInSession: (sessionId) => visits.visitors.withSession(sessionId),
      footprint: (visitor, profile) => visits.footprint(visitor, profile),
      datapath,
      turns: visits.turns,
      log,
    }),
  )
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

  await diameter.start()
  diameter.whenOpen().then(
    () => {
      advertiser.start()
      log.info({ event: 'ready' }, 'ready')
    },
    (error: unknown) => log.error({ event: 'peers', reason: describeError(error) }, 'the peers did not open'),
  )
  return {
    async stop() {
      advertiser.stop()
      link.close()
      relay.close()
      await visits.close()
      await diameter.stop()
      await datapath.close()
    },
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
