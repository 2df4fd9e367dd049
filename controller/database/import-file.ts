/**
 * The file for `sojourn database import`, which is also what `sojourn database export` writes: what people have decided,
 * as they write it. What follows from that, or was measured, is not in it.
 */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { ipv4Address } from '#core/config.ts'
import { partialProfile } from '../profile/control-condition.ts'
import { describeFaults } from '../profile/fault.ts'
import { shortName } from '../profile/flow.ts'
import { serviceProfile } from '../profile/service-profile.ts'
import { DatabaseError } from './database-error.ts'
import { rollBackName } from './roll-back.ts'

/** A network access identifier with a realm (RFC 7542): `mn1@home.example`. */
export const networkAccessIdentifier = z
  .string()
  .max(253)
  .regex(/^[^\s@]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/, 'must be a NAI such as mn1@home.example')

/** The value is in milliseconds since 1970. */
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))

const override = z.strictObject({
  name: shortName.refine((name) => name !== rollBackName, `"${rollBackName}" is the home server's own`),
  set: asWritten(partialProfile),
  reason: z.string(),
  author: z.string(),
  since: time,
  until: time.optional(),
})

const subscriber = z.strictObject({
  nai: networkAccessIdentifier,
  /** Without one the subscriber gets one of the realm's pool, or of the network where the home agent is. */
  homeAddress: ipv4Address.optional(),
  authentication: z.strictObject({
    spi: z.int().min(256, 'must be above 255, which RFC 5944 reserves').max(0xffffffff),
    keyFile: z.string().min(1),
  }),
  /** By its name, or one of his own. */
  profile: z.union([shortName, asWritten(serviceProfile)]),
  /** Those that are not named here stay. */
  overrides: z.array(override).optional(),
  /** Prepaid; in the place of the one that he has. */
  balance: z.number().optional(),
})

const importFile = z.strictObject({
  profiles: z.array(asWritten(serviceProfile)).default([]),
  subscribers: z.array(subscriber).default([]),
})

/** Checked by the schema, and kept as it is written: units included. */
function asWritten<Schema extends z.ZodType>(schema: Schema) {
  return z
    .custom<z.input<Schema>>((value) => typeof value === 'object' && value !== null)
    .superRefine((document, context) => {
      for (const { message, path } of schema.safeParse(document).error?.issues ?? [])
        context.addIssue({ code: 'custom', message, path: [...path] })
    })
}

/** Profiles stay as they were written; key files are absolute paths. */
export type ImportDocument = Omit<z.output<typeof importFile>, 'profiles'> & { profiles: unknown[] }
/** As it stands in the file. */
export type ImportText = z.input<typeof importFile>

/** Reads a YAML or JSON file for the database. Relative key files are taken from its folder. @throws database/import */
export function readImportFile(file: string): ImportDocument {
  try {
    return checkImport(parse(readFileSync(file, 'utf8')), file)
  } catch (cause) {
    if (cause instanceof DatabaseError) throw cause
    throw new DatabaseError('database/import', `cannot read ${file}`, { cause })
  }
}

/** @throws database/import, a line for every fault with its path */
export function checkImport(document: unknown, file: string): ImportDocument {
  const result = importFile.safeParse(document)
  if (!result.success)
    throw new DatabaseError('database/import', `${file} cannot be imported:\n${describeFaults(result.error)}`)
  const { profiles, subscribers } = result.data
  return {
    profiles,
    subscribers: subscribers.map(({ authentication: { spi, keyFile }, ...rest }) => ({
      ...rest,
      authentication: { spi, keyFile: resolve(dirname(file), keyFile) },
    })),
  }
}
