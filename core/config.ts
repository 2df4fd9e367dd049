import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { SojournError } from './error.ts'
import { isIpv4Address } from './ipv4.ts'

export class ConfigError extends SojournError {}

/** The folder of the file that is being validated; validation is synchronous. */
let currentFolder = '.'

/** A file named by a configuration: relative names are taken from the folder of that configuration. The value is absolute. */
export const fileName = z
  .string()
  .min(1)
  .transform((name) => resolve(currentFolder, name))

/**
 * Reads and validates the YAML (or JSON) configuration of a role. Every fault is reported at once, each with its path.
 * @throws config/unreadable, config/invalid
 */
export function loadConfig<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  let document: unknown
  try {
    document = parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new ConfigError('config/unreadable', `cannot read configuration ${file}`, { cause })
  }
  currentFolder = dirname(file)
  const result = schema.safeParse(document)
  if (result.success) return result.data
  throw new ConfigError(
    'config/invalid',
    `${file} is not a valid configuration:\n${describeIssues(result.error)}`,
  )
}

/** One line per fault: the path of the value, and what is wrong with it. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => `  ${issue.path.map(String).join('.') || '(top)'}: ${issue.message}`)
    .join('\n')
}

/**
 * Reads a key from its file: hexadecimal text, at least 16 bytes, white space ignored.
 * @throws config/secret
 */
export function readSecret(file: string): Buffer {
  let text: string
  try {
    text = readFileSync(file, 'utf8').replace(/\s/g, '')
  } catch (cause) {
    throw new ConfigError('config/secret', `cannot read the key file ${file}`, { cause })
  }
  if (!/^([0-9a-f]{2}){16,}$/i.test(text))
    throw new ConfigError('config/secret', `${file} must hold a key of at least 16 bytes as hexadecimal text`)
  return Buffer.from(text, 'hex')
}

/** The fields that several roles' configurations share. */
export const ipv4Address = z.string().refine(isIpv4Address, 'must be an IPv4 address such as 192.0.2.1')
export const interfaceName = z
  .string()
  .regex(/^[^\s/]{1,15}$/, 'must be the name of a network interface (1 to 15 characters)')
export const diameterIdentity = z
  .string()
  .regex(
    /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/,
    'must be a fully qualified domain name such as aaah.home.example',
  )
export const realmName = diameterIdentity
export const seconds = z.number().positive('must be a positive number of seconds')
