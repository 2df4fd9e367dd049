import { z } from 'zod'
import { diameterIdentity, fileName, interfaceName, ipv4Address, realmName, seconds } from '#core/config.ts'
import { encodeIpv4, type Ipv4Address } from '#core/ipv4.ts'
import { diameterConfig } from '#diameter/config.ts'
import { mostReported } from '#wire/diameter/translation-report.ts'
import { network } from '../route-optimization/network.ts'

/** The kernel gets a filter for each address of a pool. */
const largestPool = 256

const port = z.int().min(1).max(65_535)
const pool = z
  .strictObject({
    /** Reported to the home server. */
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be a name of lower case letters, digits and hyphens'),
    first: ipv4Address,
    last: ipv4Address,
    ports: z
      .strictObject({ first: port, last: port })
      .refine(({ first, last }) => first <= last, 'first must not be above last')
      .prefault({ first: 1024, last: 65_535 }),
  })
  .refine(({ first, last }) => numberOf(first) <= numberOf(last), 'first must not be above last')
  .refine(
    ({ first, last }) => numberOf(last) - numberOf(first) < largestPool,
    `more than ${largestPool} addresses`,
  )
export type Pool = z.output<typeof pool>

/** A network as it was written, beside what it is. */
const writtenNetwork = z.string().transform((text, context) => {
  const result = network.safeParse(text)
  if (result.success) return { text, ...result.data }
  context.addIssue('must be an IPv4 network such as 192.0.2.0/24, without bits behind its prefix')
  return z.NEVER
})

const pair = z.strictObject({ inside: ipv4Address, outside: ipv4Address })

/** Configuration of an address translator: a router between home agents (inside) and correspondents (outside). */
export const addressTranslatorConfig = z
  .strictObject({
    identity: diameterIdentity,
    realm: realmName,
    diameter: diameterConfig,
    /** Addresses are translated where packets leave and arrive here. */
    outside: z.strictObject({ interface: interfaceName }),
    /** Hosts inside that have an address of their own outside, and can be reached by it. */
    hosts: z.array(pair).default([]),
    /** Hosts outside that are known inside by another address. */
    correspondents: z
      .array(pair)
      .max(mostReported - 1)
      .default([]),
    pools: z.array(pool).default([]),
    /** Who else shares the addresses of a pool, with a port of them for each of theirs. */
    masquerade: z.array(z.strictObject({ network: writtenNetwork, pool: z.string() })).default([]),
    /** Whose subscribers are inside: that home server is told how their addresses are translated. */
    subscribers: z
      .array(
        z.strictObject({ network: writtenNetwork, server: diameterIdentity.optional(), realm: realmName }),
      )
      .default([]),
    /** Less is no change of a pool worth telling: 0.05 is a twentieth of it. */
    poolChange: z.number().positive().max(1).default(0.05),
    /** The table is looked at this often, and when the kernel says that it has changed. */
    intervalSeconds: seconds.min(1).default(5),
    /** Holds of whom a home server was told. The default is a folder beside the configuration. */
    stateFolder: fileName.prefault('state'),
  })
  .superRefine(({ hosts, correspondents, pools, masquerade }, context) => {
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message })
    for (const [list, pairs] of Object.entries({ hosts, correspondents }))
      for (const end of ['inside', 'outside'] as const)
        for (const [index, one] of pairs.entries())
          if (pairs.findIndex((other) => other[end] === one[end]) < index)
            refuse([list, index, end], `${one[end]} has another rule already`)
    for (const [index, { name, first }] of pools.entries()) {
      if (pools.findIndex((other) => other.name === name) < index)
        refuse(['pools', index, 'name'], `there is another pool "${name}"`)
      if (pools.findIndex((other) => isInPool(first, other)) < index)
        refuse(['pools', index, 'first'], `${first} is in another pool already`)
    }
    for (const [index, { outside }] of hosts.entries())
      if (pools.some((one) => isInPool(outside, one)))
        refuse(['hosts', index, 'outside'], `${outside} is in a pool`)
    for (const [index, one] of masquerade.entries()) {
      if (!pools.some(({ name }) => name === one.pool))
        refuse(['masquerade', index, 'pool'], `there is no pool "${one.pool}"`)
      const overlaps = masquerade.findIndex(
        ({ network: { first, mask } }) =>
          (one.network.first & mask) >>> 0 === first ||
          (first & one.network.mask) >>> 0 === one.network.first,
      )
      if (overlaps < index) refuse(['masquerade', index, 'network'], 'is, in part, in another one already')
    }
  })

export type AddressTranslatorConfig = z.output<typeof addressTranslatorConfig>
/** What is translated into what. */
export type TranslationRules = Pick<
  AddressTranslatorConfig,
  'hosts' | 'correspondents' | 'pools' | 'masquerade'
>

export function isInPool(address: Ipv4Address, { first, last }: Pick<Pool, 'first' | 'last'>): boolean {
  const number = numberOf(address)
  return number >= numberOf(first) && number <= numberOf(last)
}

/** All of them, in order. */
export function addressesOf({ first, last }: Pick<Pool, 'first' | 'last'>): Ipv4Address[] {
  const start = numberOf(first)
  return Array.from({ length: numberOf(last) - start + 1 }, (_, index) => {
    const number = start + index
    return [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.')
  })
}

function numberOf(address: Ipv4Address): number {
  return encodeIpv4(address).readUInt32BE()
}
