import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import type { RoleContext, RunningRole } from '#core/role.ts'
import { rehearse } from '../authorized-session/rehearsal.ts'
import { Datapath } from '../datapath/datapath.ts'
import { RegistrationPort } from '../home-agent/registration-port.ts'
import { withKeys } from '../route-optimization/binding-peer.ts'
import { StateStore } from '../state-store/state-store.ts'
import { BindingCache, cachedFootprint } from './binding-cache.ts'
import { BindingRequests } from './binding-requests.ts'
import { BindingUpdates } from './binding-updates.ts'
import { correspondentAgentState } from './cache-store.ts'
import type { CorrespondentAgentConfig } from './config.ts'
import { watchUnoptimized } from './unoptimized-traffic.ts'

/**
 * Runs a correspondent agent: the router of correspondents, which learns from home agents where their nodes are, and sends straight there, in
 * the class that a node's profile gives. It goes on with the bindings of a former process. Needs CAP_NET_ADMIN and CAP_NET_RAW.
 */
export async function startCorrespondentAgent(
  config: CorrespondentAgentConfig,
  { clock, log }: RoleContext,
): Promise<RunningRole> {
  const { address, uplink, maximumBindings } = config
  const homeAgents = withKeys(config.homeAgents)
  const store = new StateStore(
    join(config.stateFolder, `${config.identity.toLowerCase()}.sqlite`),
    clock.now(),
  )
  const state = correspondentAgentState(store)
  const known = state.bindings.entries().map(([, binding]) => binding)
  const live = known.filter(
    ({ homeAgent, expiresAtMilliseconds }) =>
      homeAgents.has(homeAgent) && expiresAtMilliseconds > clock.now(),
  )
  const datapath = await Datapath.open({
    shapedInterface: uplink.interface,
    shapedRateBitsPerSecond: uplink.rate,
    adopt: live.map((binding) => ({
      subscriber: binding.homeAddress,
      footprint: cachedFootprint(address, binding),
    })),
    clock,
    log,
  })
  // Whoever is adopted has rehearsed it.
  if (datapath.adopted.size === 0) await rehearse(datapath, { local: address, delivery: { via: 'tunnel' } })
  const cache = new BindingCache({ address, datapath, state, clock, log })
  cache.resume(known, (homeAddress) => datapath.adopted.has(homeAddress))
  const port = await RegistrationPort.open(address, undefined, log)
  const requests = new BindingRequests({
    homeAgents,
    isBound: (homeAddress) => cache.of(homeAddress) !== undefined,
    send: (bytes, to) => port.send(bytes, to),
    random32: () => randomInt(2 ** 32),
    clock,
    log,
  })
  const updates = new BindingUpdates({
    address,
    homeAgents,
    cache,
    maximumBindings,
    state,
    bound: (homeAddress) => requests.bound(homeAddress),
    clock,
    log,
  })
  port.listen(({ bytes, from }) => updates.receive(bytes, from.address))
  const traffic = watchUnoptimized({
    interface: uplink.interface,
    networks: [...homeAgents.values()].flatMap(({ networks }) => networks),
    seen: (destination) => requests.seen(destination),
    clock,
    log,
  })
  log.info({ event: 'ready' }, 'ready')
  return {
    async stop() {
      traffic.close()
      port.close()
      await cache.close()
      await datapath.close()
      store.close()
    },
  }
}
