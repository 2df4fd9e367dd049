import type { Clock, Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Ipv4Address, LinkAddress } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { deleteNeighbour, dumpNeighbours, getNeighbour, replaceNeighbour } from '#netlink/neighbour.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import { PacketSocket } from '../access-link/packet-socket.ts'
import { DatapathError } from '../datapath/datapath-error.ts'
import { isMissing, type Kernel } from '../datapath/kernel.ts'
import { owned } from '../datapath/owned.ts'
import { gratuitousArp } from './gratuitous-arp.ts'

export interface HomeNetworkParts {
  /** On the home link. */
  interface: string
  kernel: Kernel
  packets: Pick<PacketSocket, 'linkAddress' | 'send' | 'close'>
  clock: Clock
  log: Log
}

/** The first goes at once. "A small number of times" (RFC 5944, section 4.6). */
const repetitions = { count: 3, milliseconds: 1000 } as const

/**
 * The home link of a home agent that is a host on it: the agent answers ARP for nodes that are away, and tells the link who has
 * their addresses when they leave and come home (RFC 5944, section 4.6). The kernel answers while it forwards on the interface and
 * its way to the address is another one, such as a tunnel; as it delays answers, see `proxy_delay` in arp(7).
 */
export class HomeNetwork {
  readonly #parts: HomeNetworkParts
  readonly #repeating = new Map<Ipv4Address, Timer>()

  constructor(parts: HomeNetworkParts) {
    this.#parts = parts
  }

  /**
   * Goes on answering for the addresses in `adopt`, and for nothing else that a former process answered for. Needs CAP_NET_ADMIN and
   * CAP_NET_RAW.
   * @throws datapath/rejected, netlink/refused, os/system-call
   */
  static async open(options: {
    interface: string
    adopt?: readonly Ipv4Address[]
    clock: Clock
    log: Log
  }): Promise<HomeNetwork> {
    const { adopt = [], ...parts } = options
    const packets = PacketSocket.open(options.interface, [{ code: 'ret #k', k: 0 }])
    const network = new HomeNetwork({ ...parts, kernel: NetlinkSocket.open(), packets })
    try {
      await network.adopt(adopt)
      return network
    } catch (error) {
      network.close()
      throw error
    }
  }

  /**
   * Answers for these addresses and no others; those of other programs stay. What the kernel does already is left alone, and the link
   * not told again. @throws datapath/rejected, netlink/refused
   */
  async adopt(live: readonly Ipv4Address[]): Promise<void> {
    const { kernel, interface: device } = this.#parts
    const proxies = await Array.fromAsync(kernel.dump(dumpNeighbours({ device, proxy: true })))
    const ours = new Set(
      proxies.flatMap(({ address, protocol }) =>
        address !== undefined && protocol === owned.routeProtocol ? [address] : [],
      ),
    )
    for (const address of ours.difference(new Set(live))) await this.#stopAnswering(address)
    for (const address of new Set(live).difference(ours)) await this.intercept(address)
  }

  /**
   * The node is away: the kernel answers for it from now on, which is read back, and the link is told so.
   * @throws datapath/rejected
   */
  async intercept(homeAddress: Ipv4Address): Promise<void> {
    const { kernel, interface: device, packets } = this.#parts
    const entry = { device, address: homeAddress, proxy: true }
    const [made] = await kernel.transaction([replaceNeighbour({ ...entry, protocol: owned.routeProtocol })])
    const [held] = await kernel.transaction([getNeighbour(entry)])
    if (!made?.ok || !held?.ok) {
      const cause = made?.ok === false ? made.error : held?.ok === false ? held.error : undefined
      throw new DatapathError('datapath/rejected', `no answer for ${homeAddress} on ${device}`, { cause })
    }
    this.#tell(homeAddress, packets.linkAddress)
  }

  /**
   * The binding has ended. @param linkAddress the node's own, when it has come home: the link is told that it is there
   * @throws datapath/rejected: the kernel still answers
   */
  async release(homeAddress: Ipv4Address, linkAddress?: LinkAddress): Promise<void> {
    this.#repeating.get(homeAddress)?.cancel()
    this.#repeating.delete(homeAddress)
    await this.#stopAnswering(homeAddress)
    if (linkAddress !== undefined) this.#tell(homeAddress, linkAddress)
  }

  /**
   * The node has sent its deregistration from its home address: when the kernel has found it, for the reply, the link is told where it
   * is. To be called after `release`.
   */
  announceReturn(homeAddress: Ipv4Address): void {
    const { clock, log } = this.#parts
    const look = () => {
      this.#repeating.delete(homeAddress)
      this.#neighbour(homeAddress).then(
        (linkAddress) => linkAddress !== undefined && this.#tell(homeAddress, linkAddress),
        (error: unknown) =>
          log.warn({ homeAddress, reason: describeError(error) }, 'a node that came home was not looked up'),
      )
    }
    this.#repeating.get(homeAddress)?.cancel()
    this.#repeating.set(homeAddress, clock.after(repetitions.milliseconds, look))
  }

  /** The kernel goes on answering. */
  close(): void {
    for (const timer of this.#repeating.values()) timer.cancel()
    this.#repeating.clear()
    this.#parts.packets.close()
    this.#parts.kernel.close()
  }

  async #neighbour(address: Ipv4Address): Promise<LinkAddress | undefined> {
    const { kernel, interface: device } = this.#parts
    const [found] = await kernel.transaction([getNeighbour({ device, address })])
    return found?.ok ? found.reply.linkAddress : undefined
  }

  async #stopAnswering(address: Ipv4Address): Promise<void> {
    const { kernel, interface: device } = this.#parts
    const [result] = await kernel.transaction([deleteNeighbour({ device, address, proxy: true })])
    if (result?.ok === false && !isMissing(result.error))
      throw new DatapathError('datapath/rejected', `still answering for ${address} on ${device}`, {
        cause: result.error,
      })
  }

  #tell(address: Ipv4Address, linkAddress: LinkAddress, remaining: number = repetitions.count): void {
    const { packets, clock, log } = this.#parts
    this.#repeating.get(address)?.cancel()
    this.#repeating.delete(address)
    try {
      if (!packets.send(gratuitousArp(address, linkAddress, packets.linkAddress)))
        log.debug({ event: 'frame-lost', address }, 'the home link is down, gratuitous ARP lost')
    } catch (error) {
      log.warn({ address, reason: describeError(error) }, 'the home link could not be told of an address')
    }
    if (remaining <= 1) return
    const again = () => this.#tell(address, linkAddress, remaining - 1)
    this.#repeating.set(address, clock.after(repetitions.milliseconds, again))
  }
}
