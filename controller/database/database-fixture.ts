import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { ControlDatabase } from './control-database.ts'
import { readImportFile } from './import-file.ts'
import { openDatabase } from './open-database.ts'
import type { AcceptedRegistration, AccountingRecord } from './service-control-database.ts'

/** The subscribers of the tests: gold falls to bronze above 12 MB. The third has no home address of its own. */
export const seed = `
profiles:
  - { name: bronze, class: { downlink: { rate: 4mbit, ceil: 4mbit, priority: 3 } } }
  - name: gold
    class: { downlink: { rate: 20mbit, ceil: 20mbit, priority: 1 } }
    conditions:
      - { when: { volume: { exceeds: 12MB, direction: downlink, per: session } }, become: bronze }
subscribers:
  - { nai: mn1@home.example, homeAddress: 192.0.2.11, authentication: { spi: 4100, keyFile: mn1.key }, profile: bronze }
  - { nai: mn2@home.example, homeAddress: 192.0.2.12, authentication: { spi: 4100, keyFile: mn2.key }, profile: gold }
  - { nai: mn3@home.example, authentication: { spi: 4100, keyFile: mn3.key }, profile: bronze }
`

/** A folder that goes when the test ends. */
export function temporaryFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface SeededDatabase {
  database: ControlDatabase
  file: string
  folder: string
}

/** An SQLite database with `seed` in it; the test closes it. */
export async function seededDatabase(t: ExecutionContext): Promise<SeededDatabase> {
  const folder = temporaryFolder(t)
  const seedFile = join(folder, 'seed.yaml')
  writeFileSync(seedFile, seed)
  const file = join(folder, 'control.sqlite')
  const database = await openDatabase(file)
  await database.import(readImportFile(seedFile), 1000)
  return { database, file, folder }
}

export const mn1 = 'mn1@home.example'
export const mn2 = 'mn2@home.example'
export const mn3 = 'mn3@home.example'

/** mn2 at a foreign agent, as its home agent accepted it. */
export function accepted(
  visit: { sessionId: string; node: string },
  change: Partial<AcceptedRegistration> = {},
): AcceptedRegistration {
  return {
    nai: mn2,
    homeServer: 'aaah.home.example',
    at: 2000,
    authorizedUntil: 1_000_000,
    acctMultiSessionId: 'multi-1',
    homeAddress: '192.0.2.12',
    grantedRevision: 1,
    homeAgent: {
      sessionId: 's2',
      node: 'ha.home.example',
      realm: 'home.example',
      address: '192.0.2.1',
      installation: { applied: { revision: 1, milliseconds: 5 } },
    },
    foreignAgent: { ...visit, realm: 'a.example', careOfAddress: '10.1.1.2' },
    ...change,
  }
}

export function record(
  sessionId: string,
  recordNumber: number,
  downlinkBytes: number,
  change: Partial<AccountingRecord> = {},
): AccountingRecord {
  return {
    sessionId,
    acctMultiSessionId: 'multi-1',
    node: 'fa1.a.example',
    recordNumber,
    recordType: 'INTERIM_RECORD',
    counters: {
      downlinkBytes,
      downlinkPackets: Math.ceil(downlinkBytes / 1000),
      uplinkBytes: 0,
      uplinkPackets: 0,
    },
    at: 3000 + recordNumber,
    ...change,
  }
}
