/**
 * A Diameter message as JSON: its AVPs in their order, by their names. An AVP that no dictionary has, or whose data has no value that
 * comes back as the same bytes, is given by its `data`.
 */
import { z } from 'zod'
import { avpFlag, decodeAvps, encodeAvps, type RawAvp } from '#wire/diameter/avp.ts'
import type { AvpRow, DataType, SimpleAvpRow } from '#wire/diameter/avp-table.ts'
import { commandName, commands, isCommandName } from '#wire/diameter/command.ts'
import { avpName, avpRow } from '#wire/diameter/dictionary.ts'
import { decodeMessage } from '#wire/diameter/message.ts'
import { decodeRawMessage, encodeRawMessage, type RawMessage } from '#wire/diameter/raw-message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { formats } from '#wire/diameter/value.ts'
import { WireError } from '#wire/wire-error.ts'
import { decimal, hexadecimal } from './layout-json.ts'
import type { Protocol } from './protocol.ts'

/** JSON has no minus zero, infinity or not-a-number: those are given as data. */
const number = z.number().refine((value) => !Object.is(value, -0))

const values: Record<DataType, z.ZodType> = {
  OctetString: hexadecimal,
  UTF8String: z.string(),
  DiameterIdentity: z.string(),
  DiameterURI: z.string(),
  IPFilterRule: z.string(),
  Integer32: number,
  Integer64: decimal,
  Unsigned32: number,
  Unsigned64: decimal,
  Float32: number,
  Float64: number,
  Enumerated: number,
  Address: z.string(),
  Time: number,
}

const unsigned32 = z.int().min(0).max(0xffffffff)

interface AvpJson {
  /** In the dictionary; else `code`, and `vendorId` where there is one. */
  name?: string | undefined
  code?: number | undefined
  vendorId?: number | undefined
  /** Where they are not those of the dictionary. */
  flags?: number | undefined
  value?: unknown
  /** Of a group. */
  avps?: AvpJson[] | undefined
  data?: string | undefined
}

const avpJson: z.ZodType<AvpJson> = z
  .strictObject({
    name: z.string().optional(),
    code: unsigned32.optional(),
    vendorId: unsigned32.optional(),
    flags: z.int().min(0).max(255).optional(),
    value: z.unknown().optional(),
    get avps() {
      return z.array(avpJson).optional()
    },
    data: z
      .string()
      .regex(/^([0-9a-f]{2})*$/i, 'must be bytes in hexadecimal')
      .optional(),
  })
  .superRefine((avp, context) => {
    const fault = faultOf(avp)
    if (fault) context.addIssue({ code: 'custom', ...fault })
  })

function faultOf({
  name,
  code,
  value,
  avps,
  data,
}: AvpJson): { message: string; path?: string[] } | undefined {
  if ((name === undefined) === (code === undefined)) return { message: 'takes either a name or a code' }
  if ([value, avps, data].filter((content) => content !== undefined).length !== 1)
    return { message: 'takes one of value, avps and data' }
  const row = name === undefined ? undefined : avpRow(name)
  if (name !== undefined && row === undefined)
    return { message: `the dictionary has no AVP ${name}`, path: ['name'] }
  if (avps !== undefined && row?.type !== 'Grouped') return { message: 'it is no group', path: ['avps'] }
  if (value === undefined) return undefined
  if (row === undefined || row.type === 'Grouped') return { message: 'it has no value', path: ['value'] }
  return dataOf(row, value) ? undefined : { message: `must fit ${row.type}`, path: ['value'] }
}

/** The data of a JSON value, or undefined where it does not fit. */
function dataOf({ type }: SimpleAvpRow, value: unknown): Buffer | undefined {
  const parsed = z.safeDecode(values[type], value)
  return parsed.success ? formats[type].encode(parsed.data) : undefined
}

function usualFlags({ vendorId, mandatory }: AvpRow): number {
  return (vendorId === undefined ? 0 : avpFlag.vendor) | (mandatory ? avpFlag.mandatory : 0)
}

function toJson(avp: RawAvp): AvpJson {
  const { code, vendorId, flags, data } = avp
  const name = avpName(vendorId, code)
  const row = name === undefined ? undefined : avpRow(name)
  const hasVendor = (flags & avpFlag.vendor) !== 0
  if (row === undefined) return { code, ...(hasVendor && { vendorId }), flags, data: data.toString('hex') }
  return { name, ...(flags !== usualFlags(row) && { flags }), ...contentOf(row, data) }
}

function contentOf(row: AvpRow, data: Buffer): Pick<AvpJson, 'value' | 'avps' | 'data'> {
  const asData = { data: data.toString('hex') }
  if (row.type === 'Grouped') {
    const avps = membersOf(data)
    return avps && encodeAvps(avps).length === data.length ? { avps: avps.map(toJson) } : asData
  }
  const { minimumBytes, fixed, decode } = formats[row.type]
  if (data.length < minimumBytes || (fixed && data.length !== minimumBytes)) return asData
  const value = z.safeEncode(values[row.type], decode(data))
  return value.success && dataOf(row, value.data)?.equals(data) ? { value: value.data } : asData
}

function membersOf(data: Buffer): RawAvp[] | undefined {
  try {
    return decodeAvps(data)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

function fromJson({ name, code = 0, vendorId = 0, flags, value, avps, data }: AvpJson): RawAvp {
  const row = name === undefined ? undefined : avpRow(name)
  const content =
    avps !== undefined
      ? encodeAvps(avps.map(fromJson))
      : row !== undefined && row.type !== 'Grouped' && value !== undefined
        ? dataOf(row, value)
        : Buffer.from(data ?? '', 'hex')
  if (content === undefined) throw new TypeError('the schema let a value through that does not fit')
  const vendorFlag = vendorId === 0 ? 0 : avpFlag.vendor
  return {
    code: row?.code ?? code,
    vendorId: row?.vendorId ?? vendorId,
    flags: flags ?? (row ? usualFlags(row) : vendorFlag),
    data: content,
  }
}

const schema = z.codec(
  z
    .strictObject({
      command: z.string().optional(),
      commandCode: z
        .int()
        .min(0)
        .max(2 ** 24 - 1)
        .optional(),
      request: z.boolean(),
      proxiable: z.boolean(),
      error: z.boolean(),
      retransmitted: z.boolean(),
      applicationId: unsigned32,
      hopByHop: unsigned32,
      endToEnd: unsigned32,
      avps: z.array(avpJson),
    })
    .refine(({ command, commandCode }) => (command === undefined) !== (commandCode === undefined), {
      message: 'takes either a command or a commandCode',
    })
    .refine(({ command }) => command === undefined || isCommandName(command), {
      path: ['command'],
      message: 'no such command is known by name; give its commandCode',
    }),
  z.custom<RawMessage>(),
  {
    decode: ({ command, commandCode = 0, avps, ...header }) => ({
      ...header,
      commandCode: command !== undefined && isCommandName(command) ? commands[command].code : commandCode,
      avps: avps.map(fromJson),
    }),
    encode: ({ commandCode, avps, ...header }) => {
      const command = commandName(commandCode)
      return { ...(command ? { command } : { commandCode }), ...header, avps: avps.map(toJson) }
    },
  },
)

/** Faults that are no malformed messages, but ones that are not ours to understand. */
const notUnderstood = new Set<number | undefined>([resultCode.commandUnsupported, resultCode.avpUnsupported])

export const diameterProtocol: Protocol = {
  describe: 'one whole Diameter message',
  schema,
  decode(bytes) {
    const message = decodeRawMessage(bytes)
    try {
      decodeMessage(bytes)
    } catch (error) {
      if (!(error instanceof WireError && notUnderstood.has(error.resultCode))) throw error
    }
    return message
  },
  encode: (value) => encodeRawMessage(value as RawMessage),
}
