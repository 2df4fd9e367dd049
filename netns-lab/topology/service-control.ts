import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { keyFileOf, mnAaaSpi } from './credentials.ts'
import { type MobileNodeName, mobileNodeNames, mobileNodes } from './hosts.ts'

/** The profiles that the operator imports before the story begins; `gold` comes with a volume that the story uses up. */
export const rateOfProfile = { bronze: 4_000_000, silver: 8_000_000, gold: 20_000_000 } as const
export type ProfileName = keyof typeof rateOfProfile
export const baseProfile = { mn1: 'bronze', mn2: 'silver' } as const satisfies Record<
  MobileNodeName,
  ProfileName
>
export const goldVolume = '14MB'

function profile(name: ProfileName, priority: number, conditions: object[] = []): object {
  const rate = `${rateOfProfile[name] / 1e6}mbit`
  return { name, class: { downlink: { rate, ceil: rate, priority } }, conditions }
}

/** What `sojourn database import` reads; `changes` replace keys of subscribers, undefined takes one away. */
function databaseImport(changes: Partial<Record<MobileNodeName, object>>): object {
  return {
    profiles: [
      profile('bronze', 3),
      profile('silver', 2),
      profile('gold', 1, [
        {
          when: { volume: { exceeds: goldVolume, direction: 'downlink', per: 'session' } },
          become: 'bronze',
        },
      ]),
    ],
    subscribers: mobileNodeNames.map((name) => ({
      ...mobileNodes[name],
      authentication: { spi: mnAaaSpi, keyFile: keyFileOf(name) },
      profile: baseProfile[name],
      ...changes[name],
    })),
  }
}

export const databaseImportFile = 'subscribers.yaml'
export const databaseFile = 'service-control.sqlite'

/** Writes the file that fills the database, as an operator would. */
export function writeDatabaseImport(
  folder: string,
  changes: Partial<Record<MobileNodeName, object>> = {},
): void {
  writeFileSync(join(folder, databaseImportFile), stringify(databaseImport(changes)))
}
