import { readFileSync } from 'node:fs'
import { messageHeaderBytes, type NetlinkRequest, writeMessage } from '../message.ts'
import { MessageWriter, noInterfaces } from '../message-writer.ts'

/** The indices that capture.ts gives. */
const indices: Record<string, number> = { lo: 1, v0: 10, v1: 11, v2: 12, v3: 13 }

/** A command of `ip` or `tc` and the message that it sent. */
export interface Vector {
  command: string
  hex: string
}

export function readVectors(object: string): Vector[] {
  return JSON.parse(readFileSync(new URL(`${object}.json`, import.meta.url), 'utf8'))
}

/** The whole message of ours, with these flags: those that `tc` sets beside the ones of the request. */
export function encodeRequest(request: NetlinkRequest, flags: number): Buffer {
  const writer = new MessageWriter((name) => indices[name] ?? noInterfaces(name))
  writeMessage(writer, request, 0, flags)
  return writer.bytes.subarray(0, writer.length)
}

/** A line with the names for the indices that a decoded message has. */
export function withNames(line: string): string {
  const named = (text: string, [name, index]: [string, number]) =>
    text.replace(new RegExp(`\\bif${index}\\b`, 'g'), name)
  return Object.entries(indices).reduce(named, line)
}

/** The message cut off at every byte, and with every single bit turned, of what stands behind `from`. */
export function* damagedForms(bytes: Buffer, from: number = messageHeaderBytes): Generator<Buffer> {
  for (let end = from; end < bytes.length; end++) yield bytes.subarray(0, end)
  for (let bit = from * 8; bit < bytes.length * 8; bit++) {
    const copy = Buffer.from(bytes)
    copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    yield copy
  }
}
