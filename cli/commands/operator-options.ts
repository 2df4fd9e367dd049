/** What every command of operators takes: where the home server is, who asks, and how to answer. */
import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { ArgumentsCamelCase, Argv } from 'yargs'
import { OperatorClient } from '#controller/operator-api/client.ts'
import { readToken } from '#controller/operator-api/token.ts'
import { ConfigError } from '#core/config.ts'
import { SojournError } from '#core/error.ts'

export interface OperatorArguments {
  server: string
  'token-file': string | undefined
  ca: string | undefined
  json: boolean
}

const { SOJOURN_API, SOJOURN_TOKEN_FILE, SOJOURN_CA } = process.env

export function operatorOptions<Others>(yargs: Argv<Others>): Argv<Others & OperatorArguments> {
  return yargs
    .option('server', {
      type: 'string',
      default: SOJOURN_API ?? 'http://127.0.0.1:8080',
      requiresArg: true,
      describe: "URL of the home server's operator API; default: $SOJOURN_API, if set",
    })
    .option('token-file', {
      type: 'string',
      default: SOJOURN_TOKEN_FILE,
      requiresArg: true,
      describe: 'file with your token; default: $SOJOURN_TOKEN_FILE',
    })
    .option('ca', {
      type: 'string',
      default: SOJOURN_CA,
      requiresArg: true,
      describe: 'PEM file of the authority of an https server; default: $SOJOURN_CA',
    })
    .option('json', { type: 'boolean', default: false, describe: 'the answer as JSON, for programs' })
}

/** @throws cli/usage without a token file; config/secret, config/unreadable when a file cannot be used */
export function clientOf({ server, tokenFile, ca }: ArgumentsCamelCase<OperatorArguments>): OperatorClient {
  if (tokenFile === undefined)
    throw new SojournError('cli/usage', 'a token is needed: --token-file FILE, or $SOJOURN_TOKEN_FILE')
  if (ca !== undefined) trust(ca)
  return new OperatorClient(server, readToken(tokenFile))
}

/** For this process. */
function trust(file: string): void {
  try {
    setDefaultCACertificates([...getCACertificates('default'), readFileSync(file, 'utf8')])
  } catch (cause) {
    throw new ConfigError('config/unreadable', `cannot use ${file} as an authority's certificate`, { cause })
  }
}

export function print({ json }: Pick<OperatorArguments, 'json'>, answer: unknown, text: string): void {
  console.log(json ? JSON.stringify(answer, null, 2) : printable(text))
}

/** Reasons of agents and names are others' words: what would steer the terminal is shown as what it is. */
export function printable(text: string): string {
  // Tab and line feed are ours.
  const shown = (control: string): string => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
  return text.replace(/(?![\t\n])\p{Cc}/gu, shown)
}

export const naiOption = { type: 'string', demandOption: true, describe: 'such as mn1@home.example' } as const
