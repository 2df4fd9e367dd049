import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { keyFileOf, mnAaaSpi } from '../../topology/credentials.ts'
import { type MobileNodeName, mobileNodeNames, mobileNodes } from '../../topology/hosts.ts'
import { databaseImportFile } from '../../topology/service-control.ts'
import type { Lab } from '../scenario.ts'

export const inMegabits = (bitsPerSecond: number): string => `${bitsPerSecond / 1e6}mbit`

/** Puts profiles in the place of the standard ones, and says who has which. Before the home server starts. */
export function writeSubscribers(
  { roles }: Lab,
  profiles: readonly object[],
  profileOf: Readonly<Record<MobileNodeName, string>>,
): void {
  const subscribers = mobileNodeNames.map((name) => ({
    ...mobileNodes[name],
    authentication: { spi: mnAaaSpi, keyFile: keyFileOf(name) },
    profile: profileOf[name],
  }))
  writeFileSync(join(roles.configurationFolder, databaseImportFile), stringify({ profiles, subscribers }))
}
