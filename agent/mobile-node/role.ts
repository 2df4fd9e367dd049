import { readSecret } from '#core/config.ts'
import { describeError } from '#core/error.ts'
import { unspecifiedAddress } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { interfaceIndex } from '#core/os-socket.ts'
import type { RoleContext, RunningRole } from '#core/role.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import { allSystemsGroup } from '#wire/mobile-ip/agent-solicitation.ts'
import { WireError } from '#wire/wire-error.ts'
import { AccessLink, type ReceivedDiscovery } from '../access-link/access-link.ts'
import { readAdvertisement } from './agent-discovery.ts'
import { ArpSilence } from './arp-silence.ts'
import { Attachment } from './attachment.ts'
import { watchCareOfAddress } from './care-of-address.ts'
import { watchCarrier } from './carrier.ts'
import type { MobileNodeConfig } from './config.ts'
import { DirectPort } from './direct-port.ts'
import { HomeAnnouncement } from './home-announcement.ts'
import { Registrar } from './registrar.ts'
import type { NodeSettings } from './registration-state.ts'

/**
 * Runs a mobile node: it finds its point of attachment on its interface, registers, and is reachable at its home address wherever it is.
 * Stopping takes the registration back. Needs CAP_NET_ADMIN and CAP_NET_RAW.
 */
export async function startMobileNode(
  config: MobileNodeConfig,
  { clock, log }: RoleContext,
): Promise<RunningRole> {
  const { nai, homeAddress, authentication, coLocated } = config
  const key = readSecret(authentication.keyFile)
  const device = interfaceIndex(config.interface)
  const netlink = NetlinkSocket.open()
  const announcement = HomeAnnouncement.open({ interface: config.interface, clock, log })
  const attachment = new Attachment({
    netlink,
    device,
    interface: config.interface,
    homeAddress: coLocated || homeAddress === unspecifiedAddress ? undefined : homeAddress,
    announcement,
    arpSilence: ArpSilence.of(config.interface, log),
    log,
  })
  await attachment.open()
  // Replies come to the home address, or to all while the node has none.
  const link = await AccessLink.open({
    interface: config.interface,
    address: '0.0.0.0',
    groups: [allSystemsGroup],
    log,
  })
  const direct = new DirectPort((datagram) => registrar.receive(datagram), log)
  const registrar = new Registrar({
    identity: { nai, mobileAaa: { spi: authentication.spi, key, algorithm: 'hmac-md5' } },
    settings: settingsOf(config),
    link,
    direct,
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
  const careOfAddress = coLocated && (await watchOwnAddress(netlink, device, coLocated, registrar, log))
  return {
    async stop() {
      const ending = await registrar.stop()
      if (ending === 'unconfirmed')
        log.warn({ event: 'deregistration' }, 'the home agent has not confirmed the deregistration')
      careOfAddress?.close()
      carrier.close()
      direct.close()
      link.close()
      await attachment.close()
      announcement.close()
      netlink.close()
    },
  }
}

function settingsOf(config: MobileNodeConfig): NodeSettings {
  const { homeAddress, homeAgent, requestedHomeAgent, lifetimeSeconds, foreignAgentKey, handover } = config
  const { reverseTunnel, encapsulation, greKey, udpTunnel } = config
  return {
    homeAddress,
    homeAgent,
    requestedHomeAgent,
    lifetimeSeconds,
    foreignAgentKey,
    handover,
    coLocated: config.coLocated !== undefined,
    terms: { reverseTunnel, encapsulation, greKey, udpTunnel },
    random: Math.random,
  }
}

function watchOwnAddress(
  netlink: NetlinkSocket,
  device: number,
  { careOfAddress: configured }: NonNullable<MobileNodeConfig['coLocated']>,
  registrar: Registrar,
  log: Log,
) {
  const wish = {
    device,
    configured,
    isHomeAddress: (address: string) => address === registrar.homeAddress,
  }
  const events = {
    addressFound: (careOfAddress: string) => registrar.handle({ kind: 'address-found', careOfAddress }),
    addressLost: () => registrar.handle({ kind: 'address-lost' }),
  }
  return watchCareOfAddress(netlink, wish, events, log)
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
