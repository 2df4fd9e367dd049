import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { ConfigError } from '#core/config.ts'

export const reasonOption = {
  type: 'string',
  demandOption: true,
  requiresArg: true,
  describe: 'why, for the audit log',
} as const

/** Of a YAML or JSON file. @throws config/unreadable */
export function readDocument(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new ConfigError('config/unreadable', `cannot read ${file}`, { cause })
  }
}
