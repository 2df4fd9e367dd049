import type { Argv, CommandModule } from 'yargs'
import type { Explanation } from '#controller/operator-api/change-resources.ts'
import { systemClock } from '#core/clock.ts'
import { exitCodeOf, formatDistributed } from './change-report.ts'
import { readDocument, reasonOption } from './document-file.ts'
import { timeOf } from './edit.ts'
import { clientOf, naiOption, type OperatorArguments, operatorOptions, print } from './operator-options.ts'
import { formatTable } from './table.ts'

type NaiArguments = OperatorArguments & { nai: string }
type NameArguments = NaiArguments & { name: string }
type PutArguments = NameArguments & { file: string; reason: string; for: string | undefined }

const nameOption = {
  type: 'string',
  demandOption: true,
  describe: 'of the override, to take it back by',
} as const

const listCommand: CommandModule<OperatorArguments, NaiArguments> = {
  command: 'list <nai>',
  describe: 'What operators impose on a subscriber',
  builder: (yargs) => yargs.positional('nai', naiOption),
  async handler({ nai, ...options }) {
    const { layers } = await clientOf(options).explain(nai)
    const overrides = layers.filter(({ layer }) => layer === 'override')
    print(options, overrides, formatOverrides(overrides))
  },
}

const putCommand: CommandModule<OperatorArguments, PutArguments> = {
  command: 'put <nai> <name> <file>',
  describe: 'Impose the fields in the file, above what was bought and what conditions say',
  builder: (yargs) =>
    yargs
      .positional('nai', naiOption)
      .positional('name', nameOption)
      .positional('file', {
        type: 'string',
        demandOption: true,
        describe: 'fields of a profile as YAML or JSON, such as { class: { downlink: { rate: 8mbit } } }',
      })
      .option('reason', reasonOption)
      .option('for', {
        type: 'string',
        requiresArg: true,
        describe: 'how long, such as 2h; else until it is removed',
      }),
  async handler({ nai, name, file, reason, for: period, ...options }) {
    const until =
      period === undefined ? undefined : new Date(systemClock.now() + timeOf('--for', period)).toISOString()
    const set = readDocument(file)
    const distributed = await clientOf(options).putOverride(nai, name, { set, reason, until })
    print(options, distributed, formatDistributed(distributed))
    process.exitCode = exitCodeOf(distributed)
  },
}

const removeCommand: CommandModule<OperatorArguments, NameArguments> = {
  command: 'remove <nai> <name>',
  describe: 'Take an override back',
  builder: (yargs) => yargs.positional('nai', naiOption).positional('name', nameOption),
  async handler({ nai, name, ...options }) {
    const distributed = await clientOf(options).removeOverride(nai, name)
    print(options, distributed, formatDistributed(distributed))
    process.exitCode = exitCodeOf(distributed)
  },
}

/** `sojourn override`: what operators impose on one subscriber. */
export const overrideCommand: CommandModule<object, OperatorArguments> = {
  command: 'override <command>',
  describe: 'impose fields of a profile on one subscriber, for a time',
  builder: (yargs: Argv): Argv<OperatorArguments> =>
    operatorOptions(yargs)
      .command(listCommand)
      .command(putCommand)
      .command(removeCommand)
      .demandCommand(1, 'Name what to do: list, put or remove.'),
  handler: () => {},
}

function formatOverrides(overrides: Explanation['layers']): string {
  const rows = overrides.map(({ source, reason, author, since, until, fields }) => [
    source,
    author,
    since,
    until ?? '-',
    reason,
    Object.entries(fields)
      .map(([path, value]) => `${path}=${value}`)
      .join(' '),
  ])
  return formatTable([['NAME', 'AUTHOR', 'SINCE', 'UNTIL', 'REASON', 'FIELDS'], ...rows])
}
