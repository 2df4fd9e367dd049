import { readSecret } from '#core/config.ts'
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { interfaceIndex } from '#core/os-socket.ts'
import type { RoleContext, RunningRole } from '#core/role.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import { allSystemsGroup } from '#wire/mobile-ip/agent-solicitation.ts'
import { WireError } from '#wire/wire-error.ts'
import { AccessLink, type ReceivedDiscovery } from '../access-link/access-link.ts'
import { readAdvertisement } from './agent-discovery.ts'
import { Attachment } from './attachment.ts'
import { watchCarrier } from './carrier.ts'
import type { MobileNodeConfig } from './config.ts'
import { Registrar } from './registrar.ts'

/**
 * Runs a mobile node: it finds foreign agents on its interface, registers, and is reachable at its home address wherever it is. Stopping
 * takes the registration back. Needs CAP_NET_ADMIN and CAP_NET_RAW.
 */
export async function startMobileNode(
  config: MobileNodeConfig,
  { clock, log }: RoleContext,
): Promise<RunningRole> {
  const { nai, homeAddress, homeAgent, authentication, lifetimeSeconds } = config
  const key = readSecret(authentication.keyFile)
  const device = interfaceIndex(config.interface)
  const netlink = NetlinkSocket.open()
  const attachment = new Attachment({ netlink, device, homeAddress, log })
  await attachment.open()
  // Replies come to the home address, or to all while the node has none.
  const link = await AccessLink.open({
    interface: config.interface,
    address: '0.0.0.0',
    groups: [allSystemsGroup],
    log,
  })
  const identity = { nai, mobileAaa: { spi: authentication.spi, key, algorithm: 'hmac-md5' } } as const
  const registrar = new Registrar({
    identity,
    homeAddress,
    homeAgent,
    lifetimeSeconds,
    link,
    attachment,
    clock,
    log,
  })
  link.listen({
    registration: (datagram) => registrar.receive(datagram),
    discovery: (icmp) => hear(icmp, registrar, log),
  })
  const carrier = await watchCarrier(
    netlink,
    device,
    {
      carrierFound: () => registrar.handle({ kind: 'carrier-found' }),
      carrierLost: () => registrar.handle({ kind: 'carrier-lost' }),
    },
    log,
  )
  log.info({ event: 'ready' }, 'ready')
  registrar.handle({ kind: 'start' })
  return {
    async stop() {
      const ending = await registrar.stop()
      if (ending === 'unconfirmed')
        log.warn({ event: 'deregistration' }, 'the home agent has not confirmed the deregistration')
      carrier.close()
      link.close()
      await attachment.close()
      netlink.close()
    },
  }
}

function hear(icmp: ReceivedDiscovery, registrar: Registrar, log: Log): void {
  try {
    const agent = readAdvertisement(icmp)
    if (agent) registrar.handle({ kind: 'advertisement', agent })
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    log.debug({ event: 'discovery-discarded', reason: describeError(error) }, 'ICMP message discarded')
  }
}
