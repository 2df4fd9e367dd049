import type { Clock, Timer } from '#core/clock.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { PacketSocket } from '../access-link/packet-socket.ts'
import { gratuitousArp } from '../home-network/gratuitous-arp.ts'

/** The first goes at once; "a small number of times" (RFC 5944, section 4.6). */
const repetitions = { count: 3, milliseconds: 1000 } as const

/** Tells the home link, by gratuitous ARP, that the node has its home address itself again. */
export class HomeAnnouncement {
  readonly #packets: Pick<PacketSocket, 'linkAddress' | 'send' | 'close'>
  readonly #clock: Clock
  readonly #log: Log
  #timer: Timer | undefined

  constructor(parts: {
    packets: Pick<PacketSocket, 'linkAddress' | 'send' | 'close'>
    clock: Clock
    log: Log
  }) {
    this.#packets = parts.packets
    this.#clock = parts.clock
    this.#log = parts.log
  }

  /** Needs CAP_NET_RAW. @throws os/system-call */
  static open(options: { interface: string; clock: Clock; log: Log }): HomeAnnouncement {
    const { clock, log } = options
    const packets = PacketSocket.open(options.interface, [{ code: 'ret #k', k: 0 }])
    return new HomeAnnouncement({ packets, clock, log })
  }

  announce(homeAddress: Ipv4Address, remaining: number = repetitions.count): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (!this.#packets.send(gratuitousArp(homeAddress, this.#packets.linkAddress)))
      this.#log.debug({ event: 'frame-lost', homeAddress }, 'the home link is down, gratuitous ARP lost')
    if (remaining > 1)
      this.#timer = this.#clock.after(repetitions.milliseconds, () =>
        this.announce(homeAddress, remaining - 1),
      )
  }

  /** The node is away: nothing more of its home address is said on a link (RFC 5944, section 4.6). */
  silence(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  close(): void {
    this.silence()
    this.#packets.close()
  }
}
