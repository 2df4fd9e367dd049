/** The mobile node's own kernel: its home address, and the way to whoever serves it. */
import { describeError } from '#core/error.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { deleteLink, dumpLinks } from '#netlink/link.ts'
import type { NetlinkRequest } from '#netlink/message.ts'
import { deleteNeighbour, dumpNeighbours } from '#netlink/neighbour.ts'
import type { NetlinkError } from '#netlink/netlink-error.ts'
import { deleteRoute, dumpRoutes } from '#netlink/route.ts'
import { deleteRule, dumpRules, type RuleKey } from '#netlink/rule.ts'
import type { NetlinkSocket } from '#netlink/socket.ts'
import type { ArpSilence } from './arp-silence.ts'
import type { HomeAnnouncement } from './home-announcement.ts'
import type { Way } from './registration-state.ts'
import {
  homeAddressRow,
  mainTable,
  protocol,
  type Row,
  routeId,
  rowsOf,
  ruleId,
  rulePriorities,
  tunnelPrefix,
} from './way.ts'

/** Refusals that say only that there is nothing to delete. */
const alreadyGone = new Set(['ESRCH', 'ENOENT', 'EADDRNOTAVAIL', 'ENODEV'])

const ownPriorities = Object.values(rulePriorities)

/** What is in the kernel, of this process or a former one. */
type Held = Pick<Row, 'id' | 'remove'>

export interface AttachmentParts {
  netlink: NetlinkSocket
  /** The interface, by index and name. */
  device: number
  interface: string
  /** Which the interface has all the time; undefined where it is allocated, or sits on a tunnel. */
  homeAddress: Ipv4Address | undefined
  announcement: Pick<HomeAnnouncement, 'announce' | 'silence'>
  arpSilence: Pick<ArpSilence, 'begin' | 'end'>
  log: Log
}

export class Attachment {
  readonly #parts: AttachmentParts
  readonly #base: readonly Row[]
  #held: readonly Held[] = []

  constructor(parts: AttachmentParts) {
    this.#parts = parts
    const { homeAddress } = parts
    this.#base = homeAddress === undefined ? [] : [homeAddressRow(homeAddress, parts.interface)]
  }

  /**
   * Sets the home address. What a former process left stays until the first way is known: what is right of it is then never touched,
   * and connections go on meanwhile. @throws netlink/refused
   */
  async open(): Promise<void> {
    const former = await this.#former()
    await this.#hold([])
    this.#held = [...former, ...this.#held]
  }

  /** Sends and receives by this way, in place of a former one. @throws NetlinkError netlink/refused */
  async attach(way: Way): Promise<void> {
    const gateway = way.point.kind === 'co-located' ? await this.#gateway() : undefined
    const { announcement, arpSilence } = this.#parts
    if (way.point.kind === 'foreign-agent') arpSilence.begin()
    else arpSilence.end()
    await this.#hold(rowsOf(way, { device: this.#parts.interface, gateway }))
    if (way.point.kind === 'home') announcement.announce(way.homeAddress)
    else announcement.silence()
  }

  /** Forgets the way; a home address that is configured stays. */
  async detach(): Promise<void> {
    await this.#hold([])
  }

  /** Leaves the kernel as it was before `open`. */
  async close(): Promise<void> {
    this.#parts.arpSilence.end()
    await this.#delete(this.#held.toReversed().map(({ remove }) => remove))
    this.#held = []
  }

  /** Adds what is missing one after the other, for a route needs its tunnel; only then takes away what is not wanted. */
  async #hold(rows: readonly Row[]): Promise<void> {
    const wanted = [...new Map([...this.#base, ...rows].map((row) => [row.id, row])).values()]
    const former = this.#held.filter(({ id }) => !wanted.some((row) => row.id === id))
    for (const row of wanted) {
      const known = this.#held.some(({ id }) => id === row.id)
      const request = known ? (row.change ?? row.add) : row.add
      if (request !== 'nothing') await this.#parts.netlink.request(request)
      if (!known) this.#held = [...this.#held, row]
    }
    await this.#delete(former.toReversed().map(({ remove }) => remove))
    this.#held = wanted
  }

  /** What bears our marks, in the order in which the kernel has taken it. */
  async #former(): Promise<Held[]> {
    const { netlink, device } = this.#parts
    const former: Held[] = []
    for await (const { name } of netlink.dump(dumpLinks()))
      if (name?.startsWith(tunnelPrefix)) former.push({ id: `tunnel ${name}`, remove: deleteLink(name) })
    for await (const { address, protocol: maker } of netlink.dump(dumpNeighbours({ device })))
      if (maker === protocol && address !== undefined)
        former.push({ id: `neighbour ${address}`, remove: deleteNeighbour({ address, device }) })
    for await (const route of netlink.dump(dumpRoutes({ protocol, device }))) {
      const { destination: network, destinationLength, table = mainTable } = route
      const prefix = destinationLength === 32 ? network : `${network}/${destinationLength}`
      const destination = (network && prefix) ?? 'default'
      const remove = deleteRoute({ destination, family: 'inet', device, table, protocol })
      former.push({ id: routeId(destination, table), remove })
    }
    for await (const { protocol: maker, priority, source, sourceLength, table } of netlink.dump(dumpRules()))
      if (maker === protocol && ownPriorities.some((own) => own === priority)) {
        const from = source && `${source}/${sourceLength}`
        const rule: RuleKey = {
          ...(priority !== undefined && { priority }),
          ...(from !== undefined && { from }),
          ...(table !== undefined && { table }),
        }
        former.push({ id: ruleId(rule), remove: deleteRule({ ...rule, protocol }) })
      }
    return former
  }

  /** The router that the host's owner has set for the link. */
  async #gateway(): Promise<Ipv4Address | undefined> {
    const { netlink, device } = this.#parts
    const ways: { gateway: Ipv4Address; metric: number }[] = []
    for await (const route of netlink.dump(dumpRoutes({ table: mainTable, device })))
      if (route.destination === undefined && route.protocol !== protocol && route.gateway !== undefined)
        ways.push({ gateway: route.gateway, metric: route.metric ?? 0 })
    return ways.sort((one, other) => one.metric - other.metric)[0]?.gateway
  }

  async #delete(requests: NetlinkRequest[]): Promise<void> {
    for (const result of await this.#parts.netlink.transaction(requests))
      if (!result.ok) this.#complain(result.error)
  }

  #complain(error: NetlinkError): void {
    if (alreadyGone.has(error.errno ?? '')) return
    this.#parts.log.warn(
      { event: 'attachment', reason: describeError(error) },
      'the kernel kept something of ours',
    )
  }
}
