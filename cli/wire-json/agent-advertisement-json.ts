import { z } from 'zod'
import { ipv4Address } from '#core/config.ts'
import {
  type AdvertisementExtension,
  type AgentAdvertisement,
  advertisementExtensions,
  decodeAgentAdvertisement,
  encodeAgentAdvertisement,
} from '#wire/mobile-ip/agent-advertisement.ts'
import { extensionsJson, hexadecimal, withoutPlaces } from './layout-json.ts'
import type { Protocol } from './protocol.ts'

export const agentAdvertisementProtocol: Protocol = {
  describe: 'the ICMP message of an Agent Advertisement',
  schema: z.strictObject({
    type: z.literal('agent-advertisement'),
    code: z.int(),
    lifetimeSeconds: z.int(),
    routers: z.array(
      z.strictObject({ address: ipv4Address, preferenceLevel: z.int(), more: hexadecimal.optional() }),
    ),
    extensions: extensionsJson(advertisementExtensions),
  }),
  decode: (bytes) => withoutPlaces(decodeAgentAdvertisement(bytes)),
  // The extensions' schema is made of the rows that their type is inferred from.
  encode: (value) => encodeAgentAdvertisement(value as AgentAdvertisement<AdvertisementExtension>),
}
