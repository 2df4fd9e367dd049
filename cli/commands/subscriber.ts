import type { Argv, CommandModule } from 'yargs'
import { exitCodeOf } from './change-report.ts'
import { clientOf, naiOption, type OperatorArguments, operatorOptions, print } from './operator-options.ts'
import { formatChange, formatDetail, formatList } from './subscriber-report.ts'

type NaiArguments = OperatorArguments & { nai: string }
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

/** `sojourn subscriber`: what operators do, through the operator API of a running home server. */
export const subscriberCommand: CommandModule<object, OperatorArguments> = {
  command: 'subscriber <command>',
  describe: 'look at subscribers and switch their profiles',
  builder: (yargs: Argv): Argv<OperatorArguments> =>
    operatorOptions(yargs)
      .command(listCommand)
      .command(showCommand)
      .command(setProfileCommand)
      .demandCommand(1, 'Name what to do: list, show or set-profile.'),
  handler: () => {},
}
