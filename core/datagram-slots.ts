import koffi from 'koffi'

/** `struct mmsghdr` and `struct iovec` (sys/socket.h) of 64-bit Linux: sizes and offsets of what is used. */
const header = { bytes: 64, vector: 16, vectorCount: 24, received: 56 } as const
const vector = { bytes: 16, capacity: 8 } as const
/** Slots a power of two apart would share the few places of the cache that such addresses can have. */
const cacheLineBytes = 64

/** Room for `count` datagrams of at most `slotBytes` each, as recvmmsg(2) wants it. A slot that is never used takes no memory. */
export class DatagramSlots {
  readonly #slots: readonly Buffer[]
  /** An array of `struct mmsghdr`, each pointing at its slot. */
  readonly headers: Buffer
  /** The headers point into it. */
  readonly #vectors: Buffer

  constructor(count: number, slotBytes: number) {
    const stride = slotBytes + cacheLineBytes
    const area = Buffer.allocUnsafeSlow(count * stride)
    this.headers = Buffer.from(new ArrayBuffer(count * header.bytes))
    this.#vectors = Buffer.from(new ArrayBuffer(count * vector.bytes))
    const firstSlot = koffi.address(area)
    const firstVector = koffi.address(this.#vectors)
    this.#slots = Array.from({ length: count }, (_, index) => {
      this.#vectors.writeBigUInt64LE(firstSlot + BigInt(index * stride), index * vector.bytes)
      this.#vectors.writeBigUInt64LE(BigInt(slotBytes), index * vector.bytes + vector.capacity)
      const at = index * header.bytes
      this.headers.writeBigUInt64LE(firstVector + BigInt(index * vector.bytes), at + header.vector)
      this.headers.writeBigUInt64LE(1n, at + header.vectorCount)
      return area.subarray(index * stride, index * stride + slotBytes)
    })
  }

  /** Hands the first `count` datagrams to `take`: their bytes, of which `length` were received. */
  forEach(count: number, take: (bytes: Buffer, length: number) => void): void {
    for (let index = 0; index < count; index++) {
      const slot = this.#slots[index]
      if (slot !== undefined) take(slot, this.headers.readUInt32LE(index * header.bytes + header.received))
    }
  }
}
