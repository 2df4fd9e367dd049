import { messageLength } from '#wire/diameter/header.ts'
import { WireError } from '#wire/wire-error.ts'

/** Far above any message of ours; a peer that says more is cut off before it fills the memory. */
export const longestMessageBytes = 256 * 1024

/** Cuts a byte stream into whole Diameter messages. */
export class MessageFramer {
  #buffered: Buffer = Buffer.alloc(0)

  /**
   * Calls `deliver` with each message that `chunk` completes.
   * @throws wire/malformed when the stream can no longer be followed; the connection has to go
   */
  push(chunk: Buffer, deliver: (message: Buffer) => void): void {
    this.#buffered = this.#buffered.length === 0 ? chunk : Buffer.concat([this.#buffered, chunk])
    while (this.#buffered.length >= 4) {
      const length = messageLength(this.#buffered)
      if (length > longestMessageBytes)
        throw new WireError('wire/malformed', `a message of ${length} bytes is too long`, { offset: 1 })
      if (this.#buffered.length < length) return
      const message = this.#buffered.subarray(0, length)
      this.#buffered = this.#buffered.subarray(length)
      deliver(message)
    }
  }
}
