import { stringify } from 'yaml'
import type { Argv, CommandModule } from 'yargs'
import { OperatorApiError } from '#controller/operator-api/problem.ts'
import { SojournError } from '#core/error.ts'
import { duration } from '#core/units.ts'
import {
  exitCodeOf,
  formatCommitted,
  formatDistributed,
  formatEdits,
  formatOpened,
  formatStale,
} from './change-report.ts'
import { readDocument, reasonOption } from './document-file.ts'
import { clientOf, type OperatorArguments, operatorOptions, print } from './operator-options.ts'

type OpenArguments = OperatorArguments & { subject: string; lease: string }
type EditArguments = OperatorArguments & { id: string }
type CommitArguments = EditArguments & { file: string; reason: string; version: string | undefined }

const idOption = { type: 'string', demandOption: true, describe: 'of the edit' } as const

const listCommand: CommandModule<OperatorArguments, OperatorArguments> = {
  command: 'list',
  describe: 'Open edits: each holds the event signals of its profile',
  async handler(options) {
    const edits = await clientOf(options).edits()
    print(options, edits, formatEdits(edits))
  },
}

const openCommand: CommandModule<OperatorArguments, OpenArguments> = {
  command: 'open <subject>',
  describe: 'Open an edit of a profile, or of what a subscriber has, and print the document to edit',
  builder: (yargs) =>
    yargs
      .positional('subject', { type: 'string', demandOption: true, describe: 'name of a profile, or a NAI' })
      .option('lease', {
        type: 'string',
        default: '10m',
        requiresArg: true,
        describe: 'the edit ends by itself after this time',
      })
      .example('$0 edit open gold > gold.yaml', ''),
  async handler({ subject, lease, ...options }) {
    const opened = await clientOf(options).openEdit(subject, Math.ceil(timeOf('--lease', lease) / 1000))
    print(options, opened, formatOpened(opened, stringify(opened.document)))
  },
}

const commitCommand: CommandModule<OperatorArguments, CommitArguments> = {
  command: 'commit <id> <file>',
  describe:
    'Store the document and bring it to the agents; exit code 1 when somebody was faster, with the merge',
  builder: (yargs) =>
    yargs
      .version(false)
      .positional('id', idOption)
      .positional('file', { type: 'string', demandOption: true, describe: 'the document as YAML or JSON' })
      .option('reason', reasonOption)
      .option('version', {
        type: 'string',
        requiresArg: true,
        describe: 'from which the document was made; default: that of the edit',
      }),
  async handler({ id, file, reason, version, ...options }) {
    try {
      const done = await clientOf(options).commitEdit(id, readDocument(file), reason, version)
      print(options, done, formatCommitted(done))
      process.exitCode = exitCodeOf(done.distributed)
    } catch (error) {
      const stale = formatStale(error)
      if (stale === undefined) throw error
      print(options, error instanceof OperatorApiError && error.more, stale)
      process.exitCode = 1
    }
  },
}

const cancelCommand: CommandModule<OperatorArguments, EditArguments> = {
  command: 'cancel <id>',
  describe: 'End an edit without a change: the event signals go on',
  builder: (yargs) => yargs.positional('id', idOption),
  async handler({ id, ...options }) {
    const distributed = await clientOf(options).cancelEdit(id)
    print(options, distributed, `cancelled\n${formatDistributed(distributed)}`)
  },
}

/** `sojourn edit`: changes without conflicts. */
export const editCommand: CommandModule<object, OperatorArguments> = {
  command: 'edit <command>',
  describe: 'change profiles without overwriting what others change',
  builder: (yargs: Argv): Argv<OperatorArguments> =>
    operatorOptions(yargs)
      .command(listCommand)
      .command(openCommand)
      .command(commitCommand)
      .command(cancelCommand)
      .demandCommand(1, 'Name what to do: list, open, commit or cancel.'),
  handler: () => {},
}

/** Milliseconds. @throws cli/usage */
export function timeOf(option: string, text: string): number {
  const result = duration.safeParse(text)
  if (result.success) return result.data
  throw new SojournError('cli/usage', `${option} ${result.error.issues[0]?.message}`)
}
