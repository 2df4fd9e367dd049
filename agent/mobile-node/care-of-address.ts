/** The address of an interface that a node may use as its own care-of address, from the kernel's notifications. */
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { dumpAddresses } from '#netlink/address.ts'
import type { Monitor } from '#netlink/monitor.ts'
import type { NetlinkSocket } from '#netlink/socket.ts'

export interface CareOfAddressEvents {
  addressFound(careOfAddress: Ipv4Address): void
  addressLost(): void
}

export interface CareOfAddressWish {
  device: number
  /** The only one to use; any when undefined. */
  configured: Ipv4Address | undefined
  isHomeAddress: (address: Ipv4Address) => boolean
}

/** The first that will do. Pure. */
export function chooseCareOfAddress(
  addresses: readonly { local?: string; scope: string | number }[],
  { configured, isHomeAddress }: Omit<CareOfAddressWish, 'device'>,
): Ipv4Address | undefined {
  return addresses.find(
    ({ local, scope }) =>
      local !== undefined &&
      scope === 'global' &&
      !isHomeAddress(local) &&
      (configured === undefined || local === configured),
  )?.local
}

/** Reports the address that is there, and each change, until the monitor that it returns is closed. */
export async function watchCareOfAddress(
  netlink: NetlinkSocket,
  wish: CareOfAddressWish,
  events: CareOfAddressEvents,
  log: Log,
): Promise<Monitor> {
  const { device } = wish
  const monitor = netlink.monitor(['address'])
  let known: Ipv4Address | undefined
  const look = async (): Promise<void> => {
    const addresses = await Array.fromAsync(netlink.dump(dumpAddresses({ device, family: 'inet' })))
    const now = chooseCareOfAddress(
      addresses.filter(({ index }) => index === device),
      wish,
    )
    if (now === known) return
    known = now
    log.info(
      { event: 'care-of-address', careOfAddress: now },
      now ? 'care-of address found' : 'care-of address lost',
    )
    if (now === undefined) events.addressLost()
    else events.addressFound(now)
  }
  const follow = async (): Promise<void> => {
    await look()
    // Whatever happened, what counts is the state now.
    for await (const event of monitor)
      if (event.object === 'overrun' || (event.object === 'address' && event.value.index === device))
        await look()
  }
  follow().catch((error: unknown) =>
    log.error({ event: 'care-of-address', error }, 'the addresses are not watched any more'),
  )
  return monitor
}
