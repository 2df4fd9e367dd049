import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type MobileNodeName, mobileNodeNames } from './hosts.ts'

/** The association of every node with the home server. */
export const mnAaaSpi = 4100
/** Of home agent and correspondent agent. */
export const bindingSpi = 4200

/** Names of the secret files, relative to the folder of the configurations. */
export const tokenFile = 'operator.token'
export const bindingKeyFile = 'ha-ca.key'
export const keyFileOf = (node: MobileNodeName): string => `${node}.key`

/** Draws the operator's token and all keys anew for this run. */
export function writeCredentials(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const name of [tokenFile, bindingKeyFile, ...mobileNodeNames.map(keyFileOf)])
    writeFileSync(join(folder, name), `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
}
