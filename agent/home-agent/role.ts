import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { readSecret } from '#core/config.ts'
import { describeError } from '#core/error.ts'
import type { RoleContext, RunningRole } from '#core/role.ts'
import { DiameterNode } from '#diameter/node.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { installProfiles } from '../authorized-session/profile-installation.ts'
import { rehearse } from '../authorized-session/rehearsal.ts'
import { Datapath } from '../datapath/datapath.ts'
import { HomeNetwork } from '../home-network/home-network.ts'
import { openLinkReader } from '../network-control/link-reader.ts'
import { NetworkControl } from '../network-control/network-control.ts'
import { AgentAssociations } from '../revocation/agent-association.ts'
import { Revocations } from '../revocation/revocations.ts'
import { withKeys } from '../route-optimization/binding-peer.ts'
import { StateStore } from '../state-store/state-store.ts'
import { BindingRegistration } from './binding-registration.ts'
import { homeAgentState } from './binding-store.ts'
import { bindingFootprint, lastEnd } from './care-of-bindings.ts'
import { CoLocatedAuthorization } from './co-located-authorization.ts'
import type { HomeAgentConfig } from './config.ts'
import { Correspondents } from './correspondents.ts'
import { answerRegistration } from './direct-registration.ts'
import { HomeAddressPool } from './home-address-pool.ts'
import { HomeAdvertisement } from './home-advertisement.ts'
import { answerHomeAgentRequest } from './home-agent-request.ts'
import { RegistrationPort } from './registration-port.ts'
import { findRevocable } from './revocable.ts'
import { unprovenLimit } from './unproven-limit.ts'

/**
 * Runs a home agent: it keeps mobility bindings as the home server authorizes them, and tunnels to the care-of addresses. It goes on
 * with those of a former process. Needs CAP_NET_ADMIN; on a home link, CAP_NET_RAW too.
 */
export async function startHomeAgent(
  config: HomeAgentConfig,
  { clock, log }: RoleContext,
): Promise<RunningRole> {
  const { address, maximumLifetimeSeconds, reverseTunnelling, gre, homeNetwork: home } = config
  const store = new StateStore(
    join(config.stateFolder, `${config.identity.toLowerCase()}.sqlite`),
    clock.now(),
  )
  const state = homeAgentState(store)
  const associations = configuredAssociations(config, new AgentAssociations(clock, state.associations))
  const live = state.bindings
    .entries()
    .flatMap(([, binding]) => (lastEnd(binding.careOf) > clock.now() ? [binding] : []))
  const datapath = await Datapath.open({
    shapedInterface: config.uplink.interface,
    shapedRateBitsPerSecond: config.uplink.rate,
    adopt: live.map((binding) => ({
      subscriber: binding.nai,
      footprint: bindingFootprint(binding, binding.profile),
    })),
    clock,
    log,
  })
  // Whoever is adopted has rehearsed it.
  if (datapath.adopted.size === 0) await rehearse(datapath, { local: address, delivery: { via: 'tunnel' } })
  const homeNetwork =
    home.interface === undefined
      ? undefined
      : await HomeNetwork.open({
          interface: home.interface,
          adopt: live.map(({ homeAddress }) => homeAddress),
          clock,
          log,
        })
  const advertisement = await HomeAdvertisement.open(config, { goesOn: live.length > 0, clock, log })
  const diameter = new DiameterNode({
    identity: config.identity,
    realm: config.realm,
    config: config.diameter,
    applications: { auth: [2, 9], accounting: [2] },
    productName: 'Sojourn home agent',
    originStateId: store.originStateId,
    clock,
    log,
  })
  const port = await RegistrationPort.open(address, home.broadcastAddress, log)
  const revocations = new Revocations({
    role: 'home-agent',
    associations,
    send: (bytes, to) => port.send(bytes, to),
    find: (revocation) => findRevocable(registration, address, revocation),
    clock,
    log,
  })
  const correspondents = new Correspondents({
    agents: withKeys(config.routeOptimization.correspondentAgents),
    lifetimeSeconds: config.routeOptimization.lifetimeSeconds,
    bindingOf: (homeAddress) => bindings.withHomeAddress(homeAddress),
    state,
    send: (bytes, to) => port.send(bytes, to),
    random32: () => randomInt(2 ** 32),
    clock,
    log,
  })
  const registration: BindingRegistration = new BindingRegistration({
    address,
    maximumLifetimeSeconds,
    simultaneousSeconds: config.simultaneousSeconds,
    policy: { reverseTunnelling, gre },
    datapath,
    diameter,
    revocations,
    associations,
    state,
    homeNetwork,
    changed: (homeAddress) => correspondents.changed(homeAddress),
    clock,
    log,
  })
  const { bindings, turns } = registration

  const homeAddresses = home.assign && new HomeAddressPool(home.assign)
  const newSessionId = () => diameter.sessionId('multi')
  diameter.handle('Home-Agent-MIP', ({ avps }) =>
    answerHomeAgentRequest(
      { address, registration, associations, datapath, homeAddresses, clock, newSessionId },
      avps,
    ),
  )
  diameter.handle(
    'QoS-Install',
    installProfiles({
      servedInSession: (sessionId) => bindings.withSession(sessionId),
      footprint: (binding, profile) => bindingFootprint(binding, profile),
      async keep(binding) {
        bindings.set(binding)
        state.commit()
        correspondents.changed(binding.homeAddress)
      },
      datapath,
      turns,
      log,
    }),
  )
  diameter.handle('Abort-Session', async ({ avps }) => {
    const sessionId = avps['Session-Id']
    const nai = bindings.withSession(sessionId)?.nai
    if (nai === undefined) return { 'Result-Code': resultCode.unknownSessionId }
    await turns.take(nai, async () => {
      const revoke = bindings.withSession(sessionId)?.careOf
      if (revoke) await registration.release(nai, 'DIAMETER_ADMINISTRATIVE', { revoke })
    })
    return { 'Result-Code': resultCode.success }
  })

  const coLocated = new CoLocatedAuthorization({ address, registration, diameter, clock, log })
  const limit = unprovenLimit(clock)
  port.listen(async ({ bytes, from, isBroadcast }) => {
    if (revocations.receive(bytes, from) || correspondents.receive(bytes, from)) return undefined
    const parts = { address, registration, associations, coLocated, limit, clock }
    const reply = await answerRegistration(parts, { bytes, from, isBroadcast })
    if (typeof reply !== 'string') return reply
    log.debug(
      { event: 'registration-discarded', from: from.address, reason: reply },
      'registration discarded',
    )
    return undefined
  })
  const networkControl = new NetworkControl({
    config: config.networkReports,
    links: [{ interface: config.uplink.interface, rateBitsPerSecond: config.uplink.rate }],
    reader: openLinkReader({ clock, log }),
    sessions: () => bindings.all().map(({ session }) => session),
    diameter,
    clock,
    log,
  })

  await diameter.start()
  registration.resume((nai) => datapath.adopted.has(nai))
  correspondents.resume()
  diameter.whenOpen().then(
    () => {
      advertisement?.start()
      networkControl.start()
      log.info({ event: 'ready' }, 'ready')
    },
    (error: unknown) => log.error({ event: 'peers', reason: describeError(error) }, 'the peers did not open'),
  )
  return {
    async stop() {
      networkControl.close()
      advertisement?.close()
      revocations.close()
      correspondents.close()
      port.close()
      await registration.close()
      await diameter.stop()
      homeNetwork?.close()
      await datapath.close()
      store.close()
    },
  }
}

/** @throws config/secret */
function configuredAssociations(
  { foreignAgents }: HomeAgentConfig,
  associations: AgentAssociations,
): AgentAssociations {
  for (const { careOfAddress, spi, algorithm, keyFile } of foreignAgents) {
    const association = { spi, algorithm, key: readSecret(keyFile) }
    const both = {
      incoming: association,
      outgoing: association,
      expiresAtMilliseconds: Number.POSITIVE_INFINITY,
    }
    associations.configure(careOfAddress, both)
  }
  return associations
}
