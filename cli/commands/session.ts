import type { Argv, CommandModule } from 'yargs'
import type { SessionList } from '#controller/operator-api/resources.ts'
import { clientOf, type OperatorArguments, operatorOptions, print } from './operator-options.ts'
import { formatTable } from './table.ts'

const listCommand: CommandModule<OperatorArguments, OperatorArguments> = {
  command: 'list',
  describe: 'Open sessions, one per agent and subscriber, and the revision that each agent holds',
  async handler(options) {
    const sessions = await clientOf(options).sessions()
    print(options, sessions, formatSessions(sessions))
  },
}

/** `sojourn session`: the Diameter sessions of the subscribers that are registered. */
export const sessionCommand: CommandModule<object, OperatorArguments> = {
  command: 'session <command>',
  describe: 'look at the sessions of registered subscribers',
  builder: (yargs: Argv): Argv<OperatorArguments> =>
    operatorOptions(yargs).command(listCommand).demandCommand(1, 'Name what to do: list.'),
  handler: () => {},
}

export function formatSessions(sessions: SessionList['sessions']): string {
  const rows = sessions.map(({ nai, role, node, address, revision, startedAt, authorizedUntil, failure }) => [
    nai,
    role,
    node,
    address,
    revision === null ? '-' : String(revision),
    startedAt,
    authorizedUntil,
    failure ?? '-',
  ])
  const heads = ['NAI', 'ROLE', 'AGENT', 'ADDRESS', 'REVISION', 'SINCE', 'AUTHORIZED UNTIL', 'LAST FAILURE']
  return formatTable([heads, ...rows])
}
