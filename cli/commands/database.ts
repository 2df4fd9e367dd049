import type { Argv, CommandModule } from 'yargs'
import { systemClock } from '#core/clock.ts'

interface ImportArguments {
  file: string
  database: string
}

const importCommand: CommandModule<object, ImportArguments> = {
  command: 'import <file>',
  describe: 'Add and replace profiles and subscribers from a YAML file: all of it or nothing',
  builder: (yargs) =>
    yargs
      .positional('file', { type: 'string', demandOption: true, describe: 'the file to import' })
      .option('database', {
        type: 'string',
        demandOption: true,
        requiresArg: true,
        describe: 'SQLite file of the home server; created when it is missing',
      })
      .example('$0 database import subscribers.yaml --database control.sqlite', ''),
  async handler({ file, database: databaseFile }) {
    const { readImportFile } = await import('#controller/database/import-file.ts')
    const { SqliteDatabase } = await import('#controller/database/sqlite-database.ts')
    const document = readImportFile(file)
    const database = new SqliteDatabase(databaseFile)
    try {
      const { profiles, subscribers } = await database.import(document, systemClock.now())
      console.log(`${databaseFile}: ${profiles} profiles and ${subscribers} subscribers imported`)
      console.log('A running home server grants them at the next registration or profile change.')
    } finally {
      await database.close()
    }
  },
}

/** `sojourn database`: the service control database, without a running home server. */
export const databaseCommand: CommandModule = {
  command: 'database <command>',
  describe: 'work on the service control database',
  builder: (yargs: Argv) => yargs.command(importCommand).demandCommand(1, 'Name what to do: import.'),
  handler: () => {},
}
