import { decodeIpv4, encodeIpv4, type Ipv4Address } from '#core/ipv4.ts'

/**
 * Home addresses that the agent gives to nodes whose home server has none for them, such as of another realm (RFC 4004, section 5.3).
 * A node keeps its own while it is bound; the next one gets the address that was free for longest.
 */
export class HomeAddressPool {
  readonly #first: number
  readonly #size: number
  #next = 0
  /** Given out, but not bound yet. */
  readonly #reserved = new Set<Ipv4Address>()

  constructor({ first, last }: { first: Ipv4Address; last: Ipv4Address }) {
    this.#first = encodeIpv4(first).readUInt32BE(0)
    this.#size = encodeIpv4(last).readUInt32BE(0) - this.#first + 1
  }

  /** Undefined when all are held. `giveBack` is due when the address is bound, or will not be. */
  take(isHeld: (address: Ipv4Address) => boolean): Ipv4Address | undefined {
    for (let tried = 0; tried < this.#size; tried++) {
      const address = this.#at((this.#next + tried) % this.#size)
      if (isHeld(address) || this.#reserved.has(address)) continue
      this.#next = (this.#next + tried + 1) % this.#size
      this.#reserved.add(address)
      return address
    }
    return undefined
  }

  giveBack(address: Ipv4Address): void {
    this.#reserved.delete(address)
  }

  #at(place: number): Ipv4Address {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(this.#first + place)
    return decodeIpv4(bytes)
  }
}
