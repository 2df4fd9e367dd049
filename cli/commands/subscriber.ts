import { randomUUID } from 'node:crypto'
import type { Argv, CommandModule } from 'yargs'
import { exitCodeOf, formatDistributed } from './change-report.ts'
import { reasonOption } from './document-file.ts'
import { clientOf, naiOption, type OperatorArguments, operatorOptions, print } from './operator-options.ts'
import { formatChange, formatDetail, formatList } from './subscriber-report.ts'

type NaiArguments = OperatorArguments & { nai: string }
type PayArguments = NaiArguments & { amount: number; id: string | undefined; reason: string }
type ProfileArguments = NaiArguments & { profile: string; reason: string | undefined }

const listCommand: CommandModule<OperatorArguments, OperatorArguments> = {
  command: 'list',
  describe: 'All subscribers with the profile in force',
  async handler(options) {
    const subscribers = await clientOf(options).subscribers()
    print(options, subscribers, formatList(subscribers))
  },
}

const showCommand: CommandModule<OperatorArguments, NaiArguments> = {
  command: 'show <nai>',
  describe: 'One subscriber: what decides the profile, which agent holds which revision, the session',
  builder: (yargs) => yargs.positional('nai', naiOption),
  async handler({ nai, ...options }) {
    const subscriber = await clientOf(options).subscriber(nai)
    print(options, subscriber, formatDetail(subscriber))
  },
}

const setProfileCommand: CommandModule<OperatorArguments, ProfileArguments> = {
  command: 'set-profile <nai> <profile>',
  describe:
    'Switch a subscriber to another profile, in mid-session too; exit code 1 unless all agents hold it',
  builder: (yargs) =>
    yargs
      .positional('nai', naiOption)
      .positional('profile', { type: 'string', demandOption: true, describe: 'name of the profile' })
      .option('reason', { type: 'string', requiresArg: true, describe: 'why, for the audit log' }),
  async handler({ nai, profile, reason, ...options }) {
    const change = await clientOf(options).setProfile(nai, profile, reason)
    print(options, change, formatChange(profile, change))
    process.exitCode = exitCodeOf([change])
  },
}

const payCommand: CommandModule<OperatorArguments, PayArguments> = {
  command: 'pay <nai> <amount>',
  describe: 'Add to the prepaid balance; exit code 1 unless all agents hold what follows from it',
  builder: (yargs) =>
    yargs
      .positional('nai', naiOption)
      .positional('amount', { type: 'number', demandOption: true, describe: 'below 0: a correction' })
      .option('id', {
        type: 'string',
        requiresArg: true,
        describe: 'such as the number of a receipt: what is sent again with the same one counts once',
      })
      .option('reason', reasonOption),
  async handler({ nai, amount, id = randomUUID(), reason, ...options }) {
    const paid = await clientOf(options).pay(nai, id, { amount, reason })
    const known = paid.duplicate ? `payment ${id} was known before; ` : ''
    print(options, paid, `${known}balance ${paid.balance}\n${formatDistributed(paid.distributed)}`)
    process.exitCode = exitCodeOf(paid.distributed)
  },
}

const removeCommand: CommandModule<OperatorArguments, NaiArguments & { reason: string }> = {
  command: 'remove <nai>',
  describe: 'Remove a subscriber who is not in session, with all that is known of him',
  builder: (yargs) => yargs.positional('nai', naiOption).option('reason', reasonOption),
  async handler({ nai, reason, ...options }) {
    await clientOf(options).removeSubscriber(nai, reason)
    print(options, { removed: nai }, `${nai} is removed`)
  },
}

/** `sojourn subscriber`: what operators do, through the operator API of a running home server. */
export const subscriberCommand: CommandModule<object, OperatorArguments> = {
  command: 'subscriber <command>',
  describe: 'look at subscribers, switch their profiles, take their payments, remove them',
  builder: (yargs: Argv): Argv<OperatorArguments> =>
    operatorOptions(yargs)
      .command(listCommand)
      .command(showCommand)
      .command(setProfileCommand)
      .command(payCommand)
      .command(removeCommand)
      .demandCommand(1, 'Name what to do: list, show, set-profile, pay or remove.'),
  handler: () => {},
}
