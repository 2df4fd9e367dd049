import { z } from 'zod'
import {
  decodeMobileIpMessage,
  encodeMobileIpMessage,
  type MessageFormat,
  type MobileIpMessage,
  messageFormats,
} from '#wire/mobile-ip/message.ts'
import { extensionsJson, layoutShape, withoutPlaces } from './layout-json.ts'
import type { Protocol } from './protocol.ts'

const formats: [string, MessageFormat][] = Object.entries(messageFormats)

function messageJson(type: string, { fields, optional, extensions }: MessageFormat) {
  return z.strictObject({
    type: z.literal(type),
    ...layoutShape(fields),
    ...(optional && z.object(layoutShape(optional.fields)).partial().shape),
    ...(extensions && { extensions: extensionsJson(extensions) }),
  })
}

const [first, ...others] = formats.map(([type, format]) => messageJson(type, format))
if (first === undefined) throw new TypeError('there are no message formats')
const schema = z.discriminatedUnion('type', [first, ...others])

export const mobileIpProtocol: Protocol = {
  describe: 'the UDP payload of any Mobile IP message (port 434)',
  schema,
  decode: (bytes) => withoutPlaces(decodeMobileIpMessage(bytes)),
  // The schema is made of the rows that the type is inferred from.
  encode: (value) => encodeMobileIpMessage(value as MobileIpMessage<unknown>),
}
