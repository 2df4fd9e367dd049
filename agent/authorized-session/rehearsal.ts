import type { Datapath } from '../datapath/datapath.ts'
import type { SubscriberFootprint, Tunnel } from '../datapath/footprint.ts'

/** From the block that is reserved for future use (RFC 1112, section 4): no node and no agent has them. */
const nobody = { homeAddress: '240.0.0.1', mobilityAgent: '240.0.0.2', otherAgent: '240.0.0.3' } as const

/**
 * Serves a subscriber that does not exist, as a visitor also in both parts of a move, and lets go of it. A kernel that lacks a driver or a
 * right shows now, not when the first node registers; and the first registration or move is not slowed down by code that runs for the
 * first time.
 * @throws DatapathError datapath/rejected with the kernel's reason
 */
export async function rehearse(
  datapath: Pick<Datapath, 'set' | 'remove' | 'counters'>,
  {
    local,
    encapsulation = 'ipip',
    ...ways
  }: Pick<SubscriberFootprint, 'delivery' | 'reverseTunnel'> &
    Pick<Tunnel, 'local'> &
    Partial<Pick<Tunnel, 'encapsulation'>>,
): Promise<void> {
  const subscriber = 'rehearsal'
  const downlink = { rateBitsPerSecond: 1e6, ceilBitsPerSecond: 1e6, priority: 7 }
  const footprint: SubscriberFootprint = {
    homeAddress: nobody.homeAddress,
    tunnel: { encapsulation, local, remote: nobody.mobilityAgent },
    downlink,
    ...ways,
  }
  await datapath.set(subscriber, footprint)
  await datapath.set(subscriber, { ...footprint, downlink: { ...downlink, ceilBitsPerSecond: 2e6 } })
  if (ways.delivery.via === 'access') {
    const other: Tunnel = { encapsulation: 'ipip', local, remote: nobody.otherAgent }
    await datapath.set(subscriber, { ...footprint, alsoAcceptFrom: [other] })
    await datapath.set(subscriber, { ...footprint, forwardTo: other })
  }
  await datapath.counters(subscriber)
  await datapath.remove(subscriber)
}
