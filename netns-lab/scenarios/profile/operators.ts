/** Two operators, each with a token of his own, who type `sojourn` at the home server. */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tokenFile } from '../../topology/credentials.ts'
import { type Finished, tryInHost } from '../../topology/host-command.ts'
import { operatorApi } from '../../topology/role-configuration.ts'
import type { Variation } from '../../topology/variation.ts'
import type { Lab } from '../scenario.ts'

const operatorsFile = 'operators'
export const operatorNames = ['ann', 'bob'] as const
export type OperatorName = (typeof operatorNames)[number]

export const variation: Variation = {
  configurations: { hs: { operatorApi: { ...operatorApi, tokenFile: operatorsFile } } },
}

const ownTokenFile = (name: OperatorName): string => `${name}.token`

/** Before the home server starts. */
export function writeOperators({ roles }: Lab): void {
  const folder = roles.configurationFolder
  const write = (name: string, text: string): void =>
    writeFileSync(join(folder, name), `${text}\n`, { mode: 0o600 })
  const lines = operatorNames.map((name) => {
    const token = randomBytes(32).toString('hex')
    write(ownTokenFile(name), token)
    return `${name} operator ${token}`
  })
  const token = readFileSync(join(folder, tokenFile), 'utf8').trim()
  write(operatorsFile, [`operator admin ${token}`, ...lines].join('\n'))
}

/** What an operator types; the outcome is evidence, whatever the exit code. */
export async function type(
  { roles, witness }: Lab,
  name: OperatorName,
  ...argv: readonly string[]
): Promise<Finished> {
  const folder = roles.configurationFolder
  const finished = await tryInHost('hs', roles.command(...argv), {
    folder,
    environment: { ...roles.operatorEnvironment, SOJOURN_TOKEN_FILE: join(folder, ownTokenFile(name)) },
  })
  const output = [finished.output, finished.complaint].filter(Boolean).join('\n')
  witness.report.evidence({ host: 'hs', command: `sojourn ${argv.join(' ')}  # ${name}`, output }, /./)
  return finished
}

/** Writes a document beside the configurations, where operators type. @returns its name. */
export function writeDocument({ roles }: Lab, name: string, document: unknown): string {
  writeFileSync(join(roles.configurationFolder, name), `${JSON.stringify(document, undefined, 2)}\n`)
  return name
}
