/** Whether the interface has a link at its other end, from the kernel's notifications. */
import type { Log } from '#core/log.ts'
import { getLink, type Link } from '#netlink/link.ts'
import type { Monitor } from '#netlink/monitor.ts'
import type { NetlinkSocket } from '#netlink/socket.ts'

export interface CarrierEvents {
  carrierFound(): void
  carrierLost(): void
}

interface CarrierState {
  carrier: boolean
  /** The kernel's count: it tells of a loss that was over before the notification. */
  changes: number
}

/** What a changed state of the link means: a link that went and came back is found anew. Pure. */
export function carrierChange(before: CarrierState, now: CarrierState): 'found' | 'lost' | undefined {
  if (!now.carrier) return before.carrier ? 'lost' : undefined
  return !before.carrier || now.changes !== before.changes ? 'found' : undefined
}

/** Watches one interface until the monitor that it returns is closed. */
export async function watchCarrier(
  netlink: NetlinkSocket,
  device: number,
  events: CarrierEvents,
  log: Log,
): Promise<Monitor> {
  const monitor = netlink.monitor(['link'])
  let state = readState(await netlink.request(getLink(device)))
  const look = (link: Link): void => {
    const now = readState(link)
    const change = carrierChange(state, now)
    state = now
    if (change === undefined) return
    log.info(
      { event: 'carrier', carrier: now.carrier },
      change === 'found' ? 'carrier found' : 'carrier lost',
    )
    if (change === 'found') events.carrierFound()
    else events.carrierLost()
  }
  const follow = async (): Promise<void> => {
    for await (const event of monitor) {
      // Notifications were dropped: what counts is the state now.
      if (event.object === 'overrun') look(await netlink.request(getLink(device)))
      else if (event.object === 'link' && event.change === 'new' && event.value.index === device)
        look(event.value)
    }
  }
  follow().catch((error: unknown) =>
    log.error({ event: 'carrier', error }, 'the link is not watched any more'),
  )
  return monitor
}

function readState({ carrier, carrierChanges }: Link): CarrierState {
  return { carrier: carrier === 1, changes: carrierChanges ?? 0 }
}
