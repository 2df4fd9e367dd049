/** The mobile node's own kernel: its home address, and the way to the foreign agent that serves it. */
import { describeError } from '#core/error.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { deleteAddress, replaceAddress } from '#netlink/address.ts'
import type { NetlinkRequest } from '#netlink/message.ts'
import { deleteNeighbour, dumpNeighbours, replaceNeighbour } from '#netlink/neighbour.ts'
import type { NetlinkError } from '#netlink/netlink-error.ts'
import { deleteRoute, dumpRoutes, replaceRoute } from '#netlink/route.ts'
import type { NetlinkSocket } from '#netlink/socket.ts'
import type { HeardAgent } from './agent-discovery.ts'

/** Marks what is ours among the kernel's routes and neighbours. */
const protocol = 143
/** Behind a default route without a metric, which the host's owner made; before those of DHCP clients. */
const defaultRouteMetric = 1

/** Refusals that say only that there is nothing to delete. */
const alreadyGone = new Set(['ESRCH', 'ENOENT', 'EADDRNOTAVAIL', 'ENODEV'])

export class Attachment {
  readonly #netlink: NetlinkSocket
  readonly #device: number
  readonly #homeAddress: Ipv4Address
  readonly #log: Log
  #agent: HeardAgent | undefined

  constructor(parts: { netlink: NetlinkSocket; device: number; homeAddress: Ipv4Address; log: Log }) {
    this.#netlink = parts.netlink
    this.#device = parts.device
    this.#homeAddress = parts.homeAddress
    this.#log = parts.log
  }

  /** Removes what a former process left, and sets the home address. @throws netlink/refused */
  async open(): Promise<void> {
    const former: NetlinkRequest[] = []
    for await (const { destination, destinationLength } of this.#netlink.dump(
      dumpRoutes({ protocol, device: this.#device }),
    ))
      former.push(
        this.#deletionOfRoute(destination === undefined ? 'default' : `${destination}/${destinationLength}`),
      )
    for await (const neighbour of this.#netlink.dump(dumpNeighbours({ device: this.#device })))
      if (neighbour.protocol === protocol && neighbour.address !== undefined)
        former.push(deleteNeighbour({ address: neighbour.address, device: this.#device }))
    await this.#delete(former)
    await this.#netlink.request(replaceAddress(this.#home()))
  }

  /** Sends by way of an agent, in place of a former one. @throws NetlinkError netlink/refused */
  async attach(agent: HeardAgent): Promise<void> {
    const former = this.#agent
    this.#agent = agent
    const device = this.#device
    const { address, linkAddress } = agent
    const preferredSource = this.#homeAddress
    const results = await this.#netlink.transaction([
      replaceNeighbour({ address, device, linkAddress, state: 'permanent', protocol }),
      replaceRoute({ destination: address, device, protocol, preferredSource }),
      replaceRoute({
        destination: 'default',
        gateway: address,
        device,
        protocol,
        preferredSource,
        metric: defaultRouteMetric,
        onLink: true,
      }),
    ])
    for (const result of results) if (!result.ok) throw result.error
    if (former && former.address !== address) await this.#delete(this.#deletionOfWay(former))
  }

  /** Forgets the agent; the home address stays. */
  async detach(): Promise<void> {
    const former = this.#agent
    if (!former) return
    this.#agent = undefined
    await this.#delete([this.#deletionOfRoute('default'), ...this.#deletionOfWay(former)])
  }

  /** Leaves the kernel as it was before `open`. */
  async close(): Promise<void> {
    await this.detach()
    await this.#delete([deleteAddress(this.#home())])
  }

  #home() {
    return { address: `${this.#homeAddress}/32`, device: this.#device }
  }

  #deletionOfRoute(destination: string): NetlinkRequest {
    return deleteRoute({ destination, family: 'inet', device: this.#device, protocol })
  }

  #deletionOfWay({ address }: HeardAgent): NetlinkRequest[] {
    return [this.#deletionOfRoute(address), deleteNeighbour({ address, device: this.#device })]
  }

  async #delete(requests: NetlinkRequest[]): Promise<void> {
    for (const result of await this.#netlink.transaction(requests))
      if (!result.ok) this.#complain(result.error)
  }

  #complain(error: NetlinkError): void {
    if (alreadyGone.has(error.errno ?? '')) return
    this.#log.warn({ event: 'attachment', reason: describeError(error) }, 'the kernel kept something of ours')
  }
}
