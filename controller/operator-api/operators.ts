import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ConfigError } from '#core/config.ts'

/** Each may do what those before it may. A viewer reads, an operator changes subscribers, an admin changes all. */
export const operatorRoles = ['viewer', 'operator', 'admin'] as const
export type OperatorRole = (typeof operatorRoles)[number]

/** Somebody with a token. The name stands in the audit log. */
export interface Operator {
  name: string
  role: OperatorRole
}

interface Entry extends Operator {
  digest: Buffer
}

/** The operators of a token file. */
export type Operators = readonly Entry[]

const tokenForm = /^[\x21-\x7e]{16,}$/

/** @throws config/secret, which names the line but never shows a token */
export function readOperators(file: string): Operators {
  try {
    return parseOperators(readFileSync(file, 'utf8'), file)
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause
    throw new ConfigError('config/secret', `cannot read the token file ${file}`, { cause })
  }
}

/**
 * The operators of a token file: a line `NAME ROLE TOKEN` each, `#` begins a comment. A file that is only one token is
 * that of an admin named operator. @throws config/secret
 */
export function parseOperators(text: string, where: string): Operators {
  if (tokenForm.test(text.trim())) return [entry('operator', 'admin', text.trim())]
  const refuse = (reason: string) => new ConfigError('config/secret', `${where}: ${reason}`)
  const lines = text.split('\n').map((line, index) => ({ number: index + 1, words: wordsOf(line) }))
  const operators = lines
    .filter(({ words }) => words.length > 0)
    .map(({ number, words: [name = '', role = '', token = '', ...rest] }) => {
      const known = operatorRoles.find((each) => each === role)
      if (!known || rest.length > 0)
        throw refuse(`line ${number} must be NAME ROLE TOKEN, with role ${operatorRoles.join(', ')}`)
      if (!tokenForm.test(token))
        throw refuse(`line ${number} needs a token of at least 16 printable characters`)
      return entry(name, known, token)
    })
  if (operators.length === 0) throw refuse('there is no token of at least 16 printable characters')
  if (new Set(operators.map(({ name }) => name)).size < operators.length)
    throw refuse('two operators have the same name')
  if (new Set(operators.map(({ digest }) => digest.toString('hex'))).size < operators.length)
    throw refuse('two operators have the same token')
  return operators
}

function wordsOf(line: string): string[] {
  return line
    .replace(/(^|\s)#.*/, '')
    .split(/\s+/)
    .filter((word) => word !== '')
}

function entry(name: string, role: OperatorRole, token: string): Entry {
  return { name, role, digest: digest(token) }
}

/**
 * Whose token an Authorization header carries (RFC 6750), in a time that does not depend on where it differs from
 * the right ones.
 */
export function identify(header: string | undefined, operators: Operators): Operator | undefined {
  const given = digest(/^Bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? '')
  const [found] = operators.filter((operator) => timingSafeEqual(given, operator.digest))
  return found && { name: found.name, role: found.role }
}

export function isAllowed({ role }: Operator, least: OperatorRole): boolean {
  return operatorRoles.indexOf(role) >= operatorRoles.indexOf(least)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
