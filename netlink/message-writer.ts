import { closeSync, openSync } from 'node:fs'

/**
 * Bytes being written: a buffer that grows. Netlink speaks the byte order of the host; this library knows little-endian hosts
 * (x86-64, arm64, riscv64), which are those that Node.js runs on under Linux, s390x excepted.
 */
export class MessageWriter {
  bytes: Buffer
  length = 0
  readonly #interfaceIndex: (name: string) => number
  /** The message number of a generic netlink family. */
  readonly familyNumber: (name: string) => number
  /** Namespaces that messages name by path: open until the messages were sent. */
  readonly #namespaces: number[] = []

  /** `interfaceIndex` resolves the interfaces that a message names where the kernel wants an index. */
  constructor(interfaceIndex: (name: string) => number, capacityBytes = 4096, familyNumber = noFamilies) {
    this.bytes = Buffer.alloc(capacityBytes)
    this.#interfaceIndex = interfaceIndex
    this.familyNumber = familyNumber
  }

  /** Appends `count` zero bytes and returns the offset of the first. `bytes` may be another buffer afterwards. */
  reserve(count: number): number {
    const start = this.length
    const end = start + count
    if (end > this.bytes.length) {
      const grown = Buffer.alloc(Math.max(end, this.bytes.length * 2))
      this.bytes.copy(grown, 0, 0, start)
      this.bytes = grown
    } else if (count > 64) this.bytes.fill(0, start, end)
    // For few bytes a loop costs a tenth of the call.
    else for (let at = start; at < end; at++) this.bytes[at] = 0
    this.length = end
    return start
  }

  /** Appends text as UTF-8. Names are short and of ASCII: those are written without a call. */
  appendText(text: string): void {
    const start = this.reserve(text.length)
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code > 127) {
        this.length = start
        this.append(Buffer.from(text, 'utf8'))
        return
      }
      this.bytes[start + index] = code
    }
  }

  append(source: Buffer): void {
    const start = this.reserve(source.length)
    source.copy(this.bytes, start)
  }

  /** Pads with zero bytes to the alignment of netlink, 4. */
  align(): void {
    const excess = this.length & 3
    if (excess > 0) this.reserve(4 - excess)
  }

  /** The index of an interface given by index or by name. */
  interfaceIndex(reference: number | string): number {
    return typeof reference === 'number' ? reference : this.#interfaceIndex(reference)
  }

  /** A descriptor of a namespace given as one, or by path; call `closeNamespaces` after the send. @throws RangeError */
  namespaceDescriptor(reference: number | string): number {
    if (typeof reference === 'number') return reference
    try {
      const descriptor = openSync(reference, 'r')
      this.#namespaces.push(descriptor)
      return descriptor
    } catch (cause) {
      const { code = 'unknown' } = cause instanceof Error && 'code' in cause ? cause : {}
      throw new RangeError(`namespace "${reference}": ${String(code)}`, { cause })
    }
  }

  /** Closes the namespaces that were opened by path. */
  closeNamespaces(): void {
    for (const descriptor of this.#namespaces.splice(0)) closeSync(descriptor)
  }
}

/** For messages that name no interface where an index is due (tests, rendering). */
export function noInterfaces(name: string): number {
  throw new RangeError(`interface "${name}" has no index here`)
}

/** For the sockets of rtnetlink. */
export function noFamilies(name: string): number {
  throw new RangeError(`generic netlink family "${name}" on a socket of another protocol`)
}
