import { stringify } from 'yaml'
import type { Argv, CommandModule } from 'yargs'
import { describeError, SojournError } from '#core/error.ts'
import { exitCodeOf, formatCommitted, formatPreview, formatProfiles } from './change-report.ts'
import { readDocument, reasonOption } from './document-file.ts'
import { clientOf, naiOption, type OperatorArguments, operatorOptions, print } from './operator-options.ts'

interface CheckArguments {
  files: string[]
}
type NameArguments = OperatorArguments & { name: string }
type PutArguments = OperatorArguments & { file: string; reason: string; version: string | undefined }
type DiffArguments = OperatorArguments & { nai: string; file: string }

const fileOption = { type: 'string', demandOption: true, describe: 'a profile as YAML or JSON' } as const

const checkCommand: CommandModule<object, CheckArguments> = {
  command: 'check <files..>',
  describe: 'Whether each file holds a service profile, without a home server; exit code 1 names every fault',
  builder: (yargs) => yargs.positional('files', { ...fileOption, array: true }),
  async handler({ files }) {
    const { readProfile } = await import('#controller/profile/service-profile.ts')
    for (const file of files) {
      try {
        console.log(`${file}: valid profile ${readProfile(readDocument(file), file).name}`)
      } catch (error) {
        if (!(error instanceof SojournError)) throw error
        console.error(describeError(error))
        process.exitCode = 1
      }
    }
  },
}

const listCommand: CommandModule<OperatorArguments, OperatorArguments> = {
  command: 'list',
  describe: 'All profiles that subscribers can have',
  async handler(options) {
    const profiles = await clientOf(options).profiles()
    print(options, profiles, formatProfiles(profiles))
  },
}

const showCommand: CommandModule<OperatorArguments, NameArguments> = {
  command: 'show <name>',
  describe: 'One profile, as it is written',
  builder: (yargs) =>
    yargs.positional('name', { type: 'string', demandOption: true, describe: 'of the profile' }),
  async handler({ name, ...options }) {
    const profile = await clientOf(options).profile(name)
    const { version, author, since, reason, document } = profile
    print(
      options,
      profile,
      `# version ${version} by ${author}, ${since}: ${reason}\n${stringify(document).trimEnd()}`,
    )
  },
}

const putCommand: CommandModule<OperatorArguments, PutArguments> = {
  command: 'put <file>',
  describe: 'Add or replace a profile, for all who have it; exit code 1 unless all agents hold it',
  builder: (yargs) =>
    yargs.version(false).positional('file', fileOption).option('reason', reasonOption).option('version', {
      type: 'string',
      requiresArg: true,
      describe: 'only if this one is stored',
    }),
  async handler({ file, reason, version, ...options }) {
    const { readProfile } = await import('#controller/profile/service-profile.ts')
    const document = readDocument(file)
    const { name } = readProfile(document, file)
    const done = await clientOf(options).putProfile(name, document, reason, version)
    print(options, done, formatCommitted(done))
    process.exitCode = exitCodeOf(done.distributed)
  },
}

const removeCommand: CommandModule<OperatorArguments, NameArguments & { reason: string }> = {
  command: 'remove <name>',
  describe: 'Remove a profile that nobody has, or can get by a condition',
  builder: (yargs) =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'of the profile' })
      .option('reason', reasonOption),
  async handler({ name, reason, ...options }) {
    await clientOf(options).removeProfile(name, reason)
    print(options, { removed: name }, `profile ${name} is removed`)
  },
}

const diffCommand: CommandModule<OperatorArguments, DiffArguments> = {
  command: 'diff <nai> <file>',
  describe: 'What a profile would change for a subscriber, per field and kernel object; nothing is changed',
  builder: (yargs) => yargs.positional('nai', naiOption).positional('file', fileOption),
  async handler({ nai, file, ...options }) {
    const preview = await clientOf(options).preview(nai, readDocument(file))
    print(options, preview, formatPreview(preview))
  },
}

/** `sojourn profile`: what subscribers can have. */
export const profileCommand: CommandModule<object, OperatorArguments> = {
  command: 'profile <command>',
  describe: 'check, compare, look at and replace service profiles',
  builder: (yargs: Argv): Argv<OperatorArguments> =>
    operatorOptions(yargs)
      .command(checkCommand)
      .command(diffCommand)
      .command(listCommand)
      .command(showCommand)
      .command(putCommand)
      .command(removeCommand)
      .demandCommand(1, 'Name what to do: check, diff, list, show, put or remove.'),
  handler: () => {},
}
