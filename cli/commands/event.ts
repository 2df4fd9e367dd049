import type { Argv, CommandModule } from 'yargs'
import type { ReceivedEvent } from '#controller/operator-api/event-reader.ts'
import {
  clientOf,
  naiOption,
  type OperatorArguments,
  operatorOptions,
  print,
  printable,
} from './operator-options.ts'
import { formatTable } from './table.ts'

interface WatchArguments extends OperatorArguments {
  nai: string | undefined
  after: string | undefined
}

type ListArguments = OperatorArguments & { nai: string; limit: number }

const listCommand: CommandModule<OperatorArguments, ListArguments> = {
  command: 'list <nai>',
  describe: 'Event signals of a subscriber and what became of them, the newest first',
  builder: (yargs) =>
    yargs.positional('nai', naiOption).option('limit', { type: 'number', default: 20, describe: 'how many' }),
  async handler({ nai, limit, ...options }) {
    const events = await clientOf(options).events(nai, limit)
    const rows = events.map(({ at, kind, state, settledAt, id }) => [at, kind, state, settledAt ?? '-', id])
    print(options, events, formatTable([['AT', 'KIND', 'STATE', 'SETTLED', 'ID'], ...rows]))
  },
}

const watchCommand: CommandModule<OperatorArguments, WatchArguments> = {
  command: 'watch [nai]',
  describe: 'What happens, as it happens: a line per event, until interrupted',
  builder: (yargs) =>
    yargs.positional('nai', { type: 'string', describe: 'only of this subscriber' }).option('after', {
      type: 'string',
      requiresArg: true,
      describe: 'id of the last event seen: those that came since are shown first',
    }),
  async handler({ nai, after, ...options }) {
    for await (const event of clientOf(options).watch(after))
      if (nai === undefined || event.data.nai === nai || event.kind === 'reset')
        console.log(options.json ? JSON.stringify(event) : printable(formatEvent(event)))
  },
}

/** `sojourn event`: the live state of a home server. */
export const eventCommand: CommandModule<object, OperatorArguments> = {
  command: 'event <command>',
  describe: 'event signals of a subscriber; registrations, sessions and profile changes as they happen',
  builder: (yargs: Argv): Argv<OperatorArguments> =>
    operatorOptions(yargs)
      .command(listCommand)
      .command(watchCommand)
      .demandCommand(1, 'Name what to do: list or watch.'),
  handler: () => {},
}

/** Time, kind, subscriber, then what else is known as `name=value`. */
export function formatEvent({ kind, data }: ReceivedEvent): string {
  if (kind === 'reset') return 'events were missed: look at the state anew'
  const { at, kind: _, nai, ...rest } = data
  const details = Object.entries(rest).map(([name, value]) => {
    const text = String(value)
    return `${name}=${/[\s"]/.test(text) ? JSON.stringify(text) : text}`
  })
  return [at, kind, nai, ...details].join(' ')
}
