/**
 * Bytes being written: a buffer that grows. Netlink speaks the byte order of the host; this library knows little-endian hosts
 * (x86-64, arm64, riscv64), which are those that Node.js runs on under Linux, s390x excepted.
 */
export class MessageWriter {
  bytes: Buffer
  length = 0
  readonly #interfaceIndex: (name: string) => number

  /** `interfaceIndex` resolves the interfaces that a message names where the kernel wants an index. */
  constructor(interfaceIndex: (name: string) => number, capacityBytes = 4096) {
    this.bytes = Buffer.alloc(capacityBytes)
    this.#interfaceIndex = interfaceIndex
  }

  /** Appends `count` zero bytes and returns the offset of the first. `bytes` may be another buffer afterwards. */
  reserve(count: number): number {
    const start = this.length
    const end = start + count
    if (end > this.bytes.length) {
      const grown = Buffer.alloc(Math.max(end, this.bytes.length * 2))
      this.bytes.copy(grown, 0, 0, start)
      this.bytes = grown
    } else this.bytes.fill(0, start, end)
    this.length = end
    return start
  }

  append(source: Buffer): void {
    const start = this.reserve(source.length)
    source.copy(this.bytes, start)
  }

  /** Pads with zero bytes to the alignment of netlink, 4. */
  align(): void {
    const excess = this.length % 4
    if (excess > 0) this.reserve(4 - excess)
  }

  /** The index of an interface given by index or by name. */
  interfaceIndex(reference: number | string): number {
    return typeof reference === 'number' ? reference : this.#interfaceIndex(reference)
  }
}

/** For messages that name no interface where an index is due (tests, rendering). */
export function noInterfaces(name: string): number {
  throw new RangeError(`interface "${name}" has no index here`)
}
