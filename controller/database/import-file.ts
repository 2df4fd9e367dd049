import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { describeIssues, ipv4Address } from '#core/config.ts'
import { shortName } from '../profile/flow.ts'
import { serviceProfile } from '../profile/service-profile.ts'
import { DatabaseError } from './database-error.ts'

/** A network access identifier with a realm (RFC 7542): `mn1@home.example`. */
export const networkAccessIdentifier = z
  .string()
  .max(253)
  .regex(/^[^\s@]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/, 'must be a NAI such as mn1@home.example')

const subscriber = z.strictObject({
  nai: networkAccessIdentifier,
  /** Without one the subscriber gets one of the realm's pool, or of the network where the home agent is. */
  homeAddress: ipv4Address.optional(),
  authentication: z.strictObject({
    spi: z.int().min(256, 'must be above 255, which RFC 5944 reserves').max(0xffffffff),
    keyFile: z.string().min(1),
  }),
  profile: shortName,
})

const importFile = z
  .strictObject({ profiles: z.array(z.unknown()).default([]), subscribers: z.array(subscriber).default([]) })
  .superRefine(({ profiles }, context) => {
    for (const [index, profile] of profiles.entries())
      for (const issue of serviceProfile.safeParse(profile).error?.issues ?? [])
        context.addIssue({ code: 'custom', message: issue.message, path: ['profiles', index, ...issue.path] })
  })

/**
 * Profiles stay as they were written, units included; the database keeps them so. Key files are absolute
 * paths.
 */
export type ImportDocument = z.output<typeof importFile>

/**
 * Reads a YAML or JSON file for the database. Relative key files are taken from its folder. @throws
 * database/import
 */
export function readImportFile(file: string): ImportDocument {
  let document: unknown
  try {
    document = parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new DatabaseError('database/import', `cannot read ${file}`, { cause })
  }
  const result = importFile.safeParse(document)
  if (!result.success)
    throw new DatabaseError('database/import', `${file} cannot be imported:\n${describeIssues(result.error)}`)
  const { profiles, subscribers } = result.data
  return {
    profiles,
    subscribers: subscribers.map(({ authentication: { spi, keyFile }, ...rest }) => ({
      ...rest,
      authentication: { spi, keyFile: resolve(dirname(file), keyFile) },
    })),
  }
}
