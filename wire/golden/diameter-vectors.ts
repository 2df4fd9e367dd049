/**
 * The golden Diameter messages, for tests only: encoded by the codec of erlang's diameter, confirmed by tshark, and most of them
 * answered by a running erlang server and freeDiameter, as their `encodedBy` and `confirmedBy` say.
 */
import { readFileSync } from 'node:fs'
import { z } from 'zod'

interface GoldenAvp {
  code: number
  /** Null for an AVP that no dictionary has. */
  name: string | null
  flags: number
  value?: string | number | null | undefined
  /** Of an AVP without a name. */
  valueHex?: string | undefined
  avps?: GoldenAvp[] | undefined
}

const avp: z.ZodType<GoldenAvp> = z.object({
  code: z.number(),
  name: z.string().nullable(),
  flags: z.number(),
  value: z.union([z.string(), z.number()]).nullish(),
  valueHex: z.string().optional(),
  get avps() {
    return z.array(avp).optional()
  },
})

const toBytes = <Vector extends { hex: string }>({ hex, ...rest }: Vector) => ({
  ...rest,
  bytes: Buffer.from(hex, 'hex'),
})

const message = z
  .object({ id: z.string(), title: z.string(), hex: z.string(), fields: z.object({ avps: z.array(avp) }) })
  .transform(toBytes)

const malformed = z
  .object({
    id: z.string(),
    title: z.string(),
    verdict: z.enum(['valid', 'reject', 'incomplete', 'ambiguous']),
    hex: z.string(),
    expected: z.object({ resultCode: z.number().optional(), failedAvp: z.number().optional() }),
  })
  .transform(toBytes)

export type { GoldenAvp }

export const diameterMessages = read('diameter.json', message)
export const malformedDiameterMessages = read('diameter-malformed.json', malformed)

function read<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema>[] {
  return z.array(schema).parse(JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')))
}
