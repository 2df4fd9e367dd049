import { z } from 'zod'
import { isIpv4Address } from '#core/ipv4.ts'

const namedProtocols: Readonly<Record<number, 'icmp' | 'tcp' | 'udp' | 'sctp'>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  132: 'sctp',
}

const protocol = z
  .union(
    [z.enum(['tcp', 'udp', 'sctp', 'icmp']), z.int().min(0).max(255)],
    'must be tcp, udp, sctp, icmp or the number of a protocol, 0 to 255',
  )
  .transform((written) => (typeof written === 'number' ? (namedProtocols[written] ?? written) : written))

/** The value ends in its length: `198.51.100.7` becomes `198.51.100.7/32`, and bits behind the length become 0. */
const prefix = z
  .string()
  .meta({ examples: ['198.51.100.0/24'] })
  .transform((text, context) => {
    const [address = '', length = '32', ...rest] = text.split('/')
    if (isIpv4Address(address) && /^\d{1,2}$/.test(length) && Number(length) <= 32 && rest.length === 0)
      return `${network(address, Number(length))}/${Number(length)}`
    context.addIssue('must be an IPv4 address or prefix such as 198.51.100.0/24')
    return z.NEVER
  })

function network(address: string, length: number): string {
  return address
    .split('.')
    .map((byte, index) => Number(byte) & (0xff00 >> Math.min(8, Math.max(0, length - 8 * index))) & 0xff)
    .join('.')
}

const portsRefusal = 'must be a port, 1 to 65535, or a range of them such as 5000-5010'
const ports = z
  .union([z.int().min(1).max(65535), z.string().regex(/^\d{1,5}-\d{1,5}$/)], portsRefusal)
  .meta({ examples: [5004, '5000-5010'] })
  .transform((written, context) => {
    const [first = 0, last = first] = String(written).split('-').map(Number)
    if (first >= 1 && last >= first && last <= 65535) return first === last ? first : { first, last }
    context.addIssue(portsRefusal)
    return z.NEVER
  })

type Ports = z.output<typeof ports>

export const directions = ['downlink', 'uplink'] as const
export type Direction = (typeof directions)[number]

const written = z.strictObject({
  protocol: protocol.optional().describe('Any when absent.'),
  source: prefix.optional().describe('Of the downlink: address or prefix of the correspondent.'),
  destination: prefix.optional().describe('Of the uplink: address or prefix of the correspondent.'),
  sourcePort: ports.optional().describe('Needs `protocol` tcp, udp or sctp.'),
  destinationPort: ports.optional().describe('Needs `protocol` tcp, udp or sctp.'),
})

/**
 * Which packets, as one of `direction` sees them. The other end is `source` of the downlink and `destination` of
 * the uplink; this end is the subscriber's own address and is not written.
 */
export const packetMatch = written.superRefine(
  ({ protocol, sourcePort, destinationPort, source, destination }, context) => {
    if (source !== undefined && destination !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['destination'],
        message: "one of source and destination is the subscriber's own address: leave that one out",
      })
    if (protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp') return
    for (const [name, value] of Object.entries({ sourcePort, destinationPort }))
      if (value !== undefined)
        context.addIssue({ code: 'custom', path: [name], message: 'needs protocol tcp, udp or sctp' })
  },
)

export type PacketMatch = z.output<typeof written>

/** What the datapath calls the correspondent: the other end, whatever the direction. */
export function correspondentOf(match: PacketMatch): string | undefined {
  return match.source ?? match.destination
}

/** The end that may not be written for that direction, if it is. */
export function ownEnd(match: PacketMatch, direction: Direction): 'source' | 'destination' | undefined {
  const own = direction === 'downlink' ? 'destination' : 'source'
  return match[own] === undefined ? undefined : own
}

/** As a person writes it. */
export function formatMatch({ sourcePort, destinationPort, ...rest }: PacketMatch) {
  return {
    ...rest,
    ...(sourcePort && { sourcePort: formatPorts(sourcePort) }),
    ...(destinationPort && { destinationPort: formatPorts(destinationPort) }),
  }
}

function formatPorts(ports: Ports): number | string {
  return typeof ports === 'number' ? ports : `${ports.first}-${ports.last}`
}
