import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ConfigError } from '#core/config.ts'

/**
 * Reads the operators' bearer token: one line of at least 16 printable characters without spaces. @throws
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

/**
 * Whether an Authorization header carries the token (RFC 6750), in a time that does not depend on where they
 * differ.
 */
export function isAuthorized(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? ''
  return timingSafeEqual(digest(given), digest(token))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
