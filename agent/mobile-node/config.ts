import { z } from 'zod'
import { fileName, interfaceName, ipv4Address } from '#core/config.ts'

/** Configuration of a mobile node. */
export const mobileNodeConfig = z.strictObject({
  /** Who the subscriber is, to the home server (RFC 2794). */
  nai: z.string().regex(/^[^@\s]+@[^@\s]+$/, 'must be a network access identifier such as mn1@home.example'),
  homeAddress: ipv4Address,
  homeAgent: ipv4Address,
  /** The interface on which foreign agents are heard; it must be of the Ethernet kind. */
  interface: interfaceName,
  /** The association with the home server: MN-AAA, HMAC-MD5 (RFC 4721). */
  authentication: z.strictObject({
    spi: z.number().int().min(256, 'must be above 255: lower SPIs are reserved').max(0xffff_ffff),
    keyFile: fileName,
  }),
  lifetimeSeconds: z.number().int().min(1).max(65_534).default(1800),
})

export type MobileNodeConfig = z.output<typeof mobileNodeConfig>
