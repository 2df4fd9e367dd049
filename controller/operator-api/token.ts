import { readFileSync } from 'node:fs'
import { ConfigError } from '#core/config.ts'

/**
 * Reads the bearer token of the one who asks: one line of at least 16 printable characters without spaces. @throws
 * config/secret
 */
export function readToken(file: string): string {
  let token: string
  try {
    token = readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new ConfigError('config/secret', `cannot read the token file ${file}`, { cause })
  }
  if (!/^[\x21-\x7e]{16,}$/.test(token))
    throw new ConfigError('config/secret', `${file} must hold a token of at least 16 printable characters`)
  return token
}
