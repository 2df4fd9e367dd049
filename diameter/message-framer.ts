import { messageLength } from '#wire/diameter/header.ts'
import { WireError } from '#wire/wire-error.ts'

/** Far above any message of ours; a peer that says more is cut off before it fills the memory. */
export const longestMessageBytes = 256 * 1024

/** Version and length. */
const prefixBytes = 4

/** Cuts a byte stream into whole Diameter messages. */
export class MessageFramer {
  longestBytes = longestMessageBytes
  /** Joined only when they may hold what is waited for, so that a peer who sends byte by byte costs no more than another. */
  #chunks: Buffer[] = []
  #bufferedBytes = 0
  #awaitedBytes = prefixBytes

  /** Whether no message has begun. */
  get isEmpty(): boolean {
    return this.#bufferedBytes === 0
  }

  /**
   * Calls `deliver` with each message that `chunk` completes.
   * @throws wire/malformed when the stream can no longer be followed; the connection has to go
   */
  push(chunk: Buffer, deliver: (message: Buffer) => void): void {
    this.#chunks.push(chunk)
    this.#bufferedBytes += chunk.length
    while (this.#bufferedBytes >= this.#awaitedBytes) {
      const buffered = this.#chunks.length === 1 ? (this.#chunks[0] ?? chunk) : Buffer.concat(this.#chunks)
      const length = messageLength(buffered)
      if (length > this.longestBytes)
        throw new WireError('wire/malformed', `a message of ${length} bytes is too long`, { offset: 1 })
      const isWhole = buffered.length >= length
      this.#keep(isWhole ? buffered.subarray(length) : buffered)
      this.#awaitedBytes = isWhole ? prefixBytes : length
      if (isWhole) deliver(buffered.subarray(0, length))
    }
  }

  #keep(rest: Buffer): void {
    this.#chunks = rest.length === 0 ? [] : [rest]
    this.#bufferedBytes = rest.length
  }
}
