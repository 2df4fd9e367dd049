import { describeError } from '#core/error.ts'
import type { RoleContext, RunningRole } from '#core/role.ts'
import { DiameterNode } from '#diameter/node.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { installProfiles } from '../authorized-session/profile-installation.ts'
import { rehearse } from '../authorized-session/rehearsal.ts'
import { Datapath } from '../datapath/datapath.ts'
import { BindingRegistration, bindingFootprint } from './binding-registration.ts'
import type { HomeAgentConfig } from './config.ts'
import { answerHomeAgentRequest } from './home-agent-request.ts'
import { openRegistrationPort } from './registration-port.ts'

/**
 * Runs a home agent: it keeps mobility bindings as the home server authorizes them, and tunnels to the care-of addresses. Needs
 * CAP_NET_ADMIN.
 */
export async function startHomeAgent(
  config: HomeAgentConfig,
  { clock, log }: RoleContext,
): Promise<RunningRole> {
  const { address, maximumLifetimeSeconds } = config
  const datapath = await Datapath.open({
    shapedInterface: config.interfaces.uplink,
    shapedRateBitsPerSecond: config.uplinkRate,
    markIngress: config.interfaces.ingress,
    log,
  })
  await rehearse(datapath, { local: address, delivery: { via: 'tunnel' } })
  const diameter = new DiameterNode({
    identity: config.identity,
    realm: config.realm,
    config: config.diameter,
    applications: { auth: [2, 9], accounting: [2] },
    productName: 'Sojourn home agent',
    clock,
    log,
  })
  const registration = new BindingRegistration({
    address,
    maximumLifetimeSeconds,
    datapath,
    diameter,
    clock,
    log,
  })
  const { bindings, turns } = registration

  diameter.handle('Home-Agent-MIP', ({ avps }) =>
    answerHomeAgentRequest({ registration, clock, newSessionId: () => diameter.sessionId('multi') }, avps),
  )
  diameter.handle(
    'QoS-Install',
    installProfiles({
      servedInSession: (sessionId) => bindings.withSession(sessionId),
      footprint: (binding, profile) => bindingFootprint(address, binding, profile),
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
      if (bindings.withSession(sessionId)) await registration.release(nai, 'DIAMETER_ADMINISTRATIVE')
    })
    return { 'Result-Code': resultCode.success }
  })

  const port = await openRegistrationPort(address, registration, log)
  await diameter.start()
  diameter.whenOpen().then(
    () => log.info({ event: 'ready' }, 'ready'),
    (error: unknown) => log.error({ event: 'peers', reason: describeError(error) }, 'the peers did not open'),
  )
  return {
    async stop() {
      port.close()
      await registration.close()
      await diameter.stop()
      await datapath.close()
    },
  }
}
