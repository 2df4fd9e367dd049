import { z } from 'zod'
import { fileName, interfaceName, ipv4Address } from '#core/config.ts'
import { unspecifiedAddress } from '#core/ipv4.ts'
import { isDynamic } from './point-of-attachment.ts'

/** Configuration of a mobile node. */
export const mobileNodeConfig = z
  .strictObject({
    /** Who the subscriber is, to the home server (RFC 2794). */
    nai: z
      .string()
      .regex(/^[^@\s]+@[^@\s]+$/, 'must be a network access identifier such as mn1@home.example'),
    /** 0.0.0.0: the home network allocates one at each registration. */
    homeAddress: ipv4Address.default(unspecifiedAddress),
    /** 0.0.0.0: any home agent; 255.255.255.255: one in the home domain (RFC 4433). */
    homeAgent: ipv4Address.default(unspecifiedAddress),
    /** Which one the node would like to be given. */
    requestedHomeAgent: ipv4Address.optional(),
    /** The interface on which agents are heard; it must be of the Ethernet kind. */
    interface: interfaceName,
    /** The association with the home server: MN-AAA, HMAC-MD5 (RFC 4721). */
    authentication: z.strictObject({
      spi: z.number().int().min(256, 'must be above 255: lower SPIs are reserved').max(0xffff_ffff),
      keyFile: fileName,
    }),
    lifetimeSeconds: z.number().int().min(1).max(65_534).default(1800),
    /** The interface has an address of its own in the visited network, by which the home agent is reached without a foreign agent. */
    coLocated: z
      .strictObject({
        /** Which of the interface's addresses; any when absent. */
        careOfAddress: ipv4Address.optional(),
      })
      .optional(),
    /** Sends through the home agent too; `encapsulating`: in a tunnel to the foreign agent (RFC 3024). */
    reverseTunnel: z.enum(['direct', 'encapsulating']).optional(),
    encapsulation: z.enum(['ipip', 'gre']).default('ipip'),
    /** Of what the home agent sends to a co-located node (RFC 6245). */
    greKey: z.number().int().min(1).max(0xffff_ffff).optional(),
    /** Asks for a tunnel over UDP (RFC 3519). */
    udpTunnel: z.boolean().default(false),
    /** Asks for a key with each foreign agent (RFC 3957), not only with those that challenge. */
    foreignAgentKey: z.boolean().default(false),
    /**
     * `make-before-break`: registers through a further foreign agent as soon as it is heard, and keeps the one in use beside it (S bit);
     * for networks whose cells overlap. Else another agent counts only when the one in use is lost.
     */
    handover: z.enum(['break-before-make', 'make-before-break']).default('break-before-make'),
  })
  .check(({ value, issues }) => {
    const {
      coLocated,
      homeAgent,
      requestedHomeAgent,
      reverseTunnel,
      encapsulation,
      greKey,
      udpTunnel,
      handover,
    } = value
    const fault = (path: keyof typeof value, message: string) =>
      issues.push({ code: 'custom', path: [path], message, input: value[path] })
    if (coLocated && isDynamic(requestedHomeAgent ?? homeAgent))
      fault(
        'homeAgent',
        'must name the home agent, or requestedHomeAgent must: a co-located node speaks to it itself',
      )
    if (coLocated && reverseTunnel === 'encapsulating')
      fault('reverseTunnel', 'must be direct with coLocated: there is no foreign agent to tunnel to')
    if (greKey !== undefined && (!coLocated || encapsulation !== 'gre'))
      fault('greKey', 'needs coLocated and encapsulation: gre')
    if (coLocated && handover === 'make-before-break')
      fault('handover', 'must be break-before-make with coLocated: there is no second agent')
    if (udpTunnel && !coLocated) fault('udpTunnel', 'needs coLocated: a foreign agent asks for itself')
  })

export type MobileNodeConfig = z.output<typeof mobileNodeConfig>
