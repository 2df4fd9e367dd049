/** Bytes as JSON and JSON as the same bytes, for every protocol that has a row in `protocols.ts`. */
import { z } from 'zod'
import { describeIssues } from '#core/config.ts'
import { SojournError } from '#core/error.ts'
import { hexadecimal } from './layout-json.ts'

export interface Protocol {
  describe: string
  /** From JSON to the value that `encode` takes, and back. */
  schema: z.ZodType
  /** @throws WireError */
  decode(bytes: Buffer): unknown
  /** @throws WireError wire/unencodable */
  encode(value: unknown): Buffer
}

/** Runs of bytes that no field says: reserved bits that are set, padding that is not zero. They overwrite what the fields give. */
const otherBytes = z.array(z.strictObject({ offset: z.int().nonnegative(), bytes: hexadecimal }))
type OtherBytes = z.output<typeof otherBytes>

/** A message as JSON in the words of its documents; `encodeJson` gives the same bytes. @throws WireError */
export function decodeJson({ schema, decode, encode }: Protocol, bytes: Buffer): object {
  const document = z.encode(schema, decode(bytes))
  const rest = differences(encode(z.decode(schema, document)), bytes)
  if (typeof document !== 'object' || document === null) throw new TypeError('a message is an object in JSON')
  return { ...document, ...(rest.length > 0 && { otherBytes: z.encode(otherBytes, rest) }) }
}

/** @throws SojournError cli/input where the document does not fit, WireError wire/unencodable where a value does not fit its field */
export function encodeJson({ schema, encode }: Protocol, document: unknown): Buffer {
  // What `decode --keys` found is no part of the message.
  const { authenticators: _, otherBytes: rest, ...fields } = parse(z.looseObject({}), document)
  const bytes = encode(parse(schema, fields))
  for (const [index, run] of parse(otherBytes.default([]), rest, 'otherBytes').entries()) {
    if (run.offset + run.bytes.length > bytes.length)
      throw new SojournError(
        'cli/input',
        `the document does not fit:\n  otherBytes.${index}: ends behind the message, which has ${bytes.length} bytes`,
      )
    run.bytes.copy(bytes, run.offset)
  }
  return bytes
}

function parse<Schema extends z.ZodType>(
  schema: Schema,
  document: unknown,
  ...path: string[]
): z.output<Schema> {
  const result = z.safeDecode(schema, document as z.input<Schema>)
  if (result.success) return result.data
  for (const issue of result.error.issues) issue.path.unshift(...path)
  throw new SojournError('cli/input', `the document does not fit:\n${describeIssues(result.error)}`)
}

/** The JSON holds all lengths, so what it encodes to has as many bytes as there were. */
function differences(encoded: Buffer, bytes: Buffer): OtherBytes {
  if (encoded.length !== bytes.length)
    throw new RangeError(`${encoded.length} bytes of ${bytes.length} come back`)
  const runs: { offset: number; end: number }[] = []
  for (let offset = 0; offset < bytes.length; offset++) {
    if (encoded[offset] === bytes[offset]) continue
    const last = runs.at(-1)
    if (last?.end === offset) last.end++
    else runs.push({ offset, end: offset + 1 })
  }
  return runs.map(({ offset, end }) => ({ offset, bytes: bytes.subarray(offset, end) }))
}
