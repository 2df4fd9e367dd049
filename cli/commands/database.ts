import { writeFileSync } from 'node:fs'
import type { Argv, CommandModule } from 'yargs'
import type { ControlDatabase } from '#controller/database/control-database.ts'
import type { ImportChange } from '#controller/database/export-document.ts'
import type { DatabaseLocation } from '#controller/database/open-database.ts'
import { systemClock } from '#core/clock.ts'
import { loadConfig } from '#core/config.ts'
import { SojournError } from '#core/error.ts'

interface WhichDatabase {
  database?: string | undefined
  config?: string | undefined
}

/** The options that say where the database is. */
function whichDatabase<Options>(yargs: Argv<Options>) {
  return yargs
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
}

const importCommand: CommandModule<object, WhichDatabase & { file: string; 'dry-run': boolean }> = {
  command: 'import <file>',
  describe: 'Add and replace profiles and subscribers from a YAML file: all of it or nothing',
  builder: (yargs) =>
    whichDatabase(
      yargs.positional('file', { type: 'string', demandOption: true, describe: 'the file to import' }),
    )
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'only say what it would change',
      })
      .example('$0 database import subscribers.yaml --database control.sqlite', '')
      .example('$0 database import subscribers.yaml --config home-server.yaml --dry-run', ''),
  async handler({ file, 'dry-run': isDryRun, ...which }) {
    const { readImportFile } = await import('#controller/database/import-file.ts')
    const document = readImportFile(file)
    const at = systemClock.now()
    await withDatabase(which, async (database) => {
      if (isDryRun) {
        const changes = await database.previewImport(document, at)
        for (const change of changes) console.log(describeChange(change))
        return console.log(`${changes.length} changes; nothing was written`)
      }
      const { profiles, subscribers } = await database.import(document, at)
      console.log(
        `${which.database ?? which.config}: ${profiles} profiles and ${subscribers} subscribers imported`,
      )
      console.log('A running home server grants them at the next registration or profile change.')
    })
  },
}

const exportCommand: CommandModule<object, WhichDatabase & { output?: string | undefined }> = {
  command: 'export',
  describe: 'Write profiles, subscribers, overrides and balances as a YAML file that `import` reads',
  builder: (yargs) =>
    whichDatabase(yargs)
      .option('output', {
        type: 'string',
        requiresArg: true,
        describe: 'the file to write, readable by its owner only; standard output when absent',
      })
      .example('$0 database export --database control.sqlite --output backup.yaml', ''),
  async handler({ output, ...which }) {
    const { stringify } = await import('yaml')
    const document = await withDatabase(which, (database) => database.export())
    const text = stringify(document)
    if (output === undefined) return void process.stdout.write(text)
    writeFileSync(output, text, { mode: 0o600 })
    const { profiles = [], subscribers = [] } = document
    console.log(`${output}: ${profiles.length} profiles and ${subscribers.length} subscribers exported`)
  },
}

async function withDatabase<Result>(
  { database: file, config }: WhichDatabase,
  work: (database: ControlDatabase) => Promise<Result>,
): Promise<Result> {
  const { openDatabase } = await import('#controller/database/open-database.ts')
  const database = await openDatabase(file ?? (await locationIn(config ?? '')))
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

function describeChange({ subject, path, before = 'none', after = 'none' }: ImportChange): string {
  return path === '' ? `${subject} is new: ${after}` : `${subject} ${path}: ${before} becomes ${after}`
}

async function locationIn(config: string): Promise<DatabaseLocation> {
  const { homeServerConfig } = await import('#controller/home-server/config.ts')
  return loadConfig(config, homeServerConfig).database
}

/** `sojourn database`: the service control database, without a running home server. */
export const databaseCommand: CommandModule = {
  command: 'database <command>',
  describe: 'work on the service control database',
  builder: (yargs: Argv) =>
    yargs
      .command(importCommand)
      .command(exportCommand)
      .demandCommand(1, 'Name what to do: import or export.'),
  handler: () => {},
}
