import type { Argv, CommandModule } from 'yargs'
import type { DatabaseLocation } from '#controller/database/open-database.ts'
import { systemClock } from '#core/clock.ts'
import { loadConfig } from '#core/config.ts'
import { SojournError } from '#core/error.ts'

interface ImportArguments {
  file: string
  database?: string | undefined
  config?: string | undefined
}

const importCommand: CommandModule<object, ImportArguments> = {
  command: 'import <file>',
  describe: 'Add and replace profiles and subscribers from a YAML file: all of it or nothing',
  builder: (yargs) =>
    yargs
      .positional('file', { type: 'string', demandOption: true, describe: 'the file to import' })
      .option('database', {
        type: 'string',
        requiresArg: true,
        conflicts: 'config',
        describe: 'SQLite file of the home server; created when it is missing',
      })
      .option('config', {
        type: 'string',
        requiresArg: true,
        describe: 'configuration of the home server, which says where the database is',
      })
      .check(({ database, config }) => {
        if (database === undefined && config === undefined)
          throw new SojournError('cli/usage', 'name --database or --config')
        return true
      })
      .example('$0 database import subscribers.yaml --database control.sqlite', '')
      .example('$0 database import subscribers.yaml --config home-server.yaml', ''),
  async handler({ file, database: databaseFile, config }) {
    const { readImportFile } = await import('#controller/database/import-file.ts')
    const { openDatabase } = await import('#controller/database/open-database.ts')
    const document = readImportFile(file)
    const database = await openDatabase(databaseFile ?? (await locationIn(config ?? '')))
    try {
      const { profiles, subscribers } = await database.import(document, systemClock.now())
      console.log(`${databaseFile ?? config}: ${profiles} profiles and ${subscribers} subscribers imported`)
      console.log('A running home server grants them at the next registration or profile change.')
    } finally {
      await database.close()
    }
  },
}

async function locationIn(config: string): Promise<DatabaseLocation> {
  const { homeServerConfig } = await import('#controller/home-server/config.ts')
  return loadConfig(config, homeServerConfig).database
}

/** `sojourn database`: the service control database, without a running home server. */
export const databaseCommand: CommandModule = {
  command: 'database <command>',
  describe: 'work on the service control database',
  builder: (yargs: Argv) => yargs.command(importCommand).demandCommand(1, 'Name what to do: import.'),
  handler: () => {},
}
