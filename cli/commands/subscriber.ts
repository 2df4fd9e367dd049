import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs'
import { OperatorClient } from '#controller/operator-api/client.ts'
import { readToken } from '#controller/operator-api/token.ts'
import { formatChange, formatDetail, formatList } from './subscriber-report.ts'

interface ServerArguments {
  server: string
  'token-file': string
  json: boolean
}
type NaiArguments = ServerArguments & { nai: string }
type ProfileArguments = NaiArguments & { profile: string; reason: string | undefined }

const listCommand: CommandModule<ServerArguments, ServerArguments> = {
  command: 'list',
  describe: 'All subscribers with the profile in force',
  async handler(options) {
    const subscribers = await clientOf(options).subscribers()
    print(options, subscribers, formatList(subscribers))
  },
}

const showCommand: CommandModule<ServerArguments, NaiArguments> = {
  command: 'show <nai>',
  describe: 'One subscriber: what decides the profile, which agent holds which revision, the session',
  builder: (yargs) => yargs.positional('nai', naiOption),
  async handler({ nai, ...options }) {
    const subscriber = await clientOf(options).subscriber(nai)
    print(options, subscriber, formatDetail(subscriber))
  },
}

const setProfileCommand: CommandModule<ServerArguments, ProfileArguments> = {
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
    if (change.state === 'split' || change.state === 'failed') process.exitCode = 1
  },
}

const naiOption = { type: 'string', demandOption: true, describe: 'such as mn1@home.example' } as const

/** `sojourn subscriber`: what operators do, through the operator API of a running home server. */
export const subscriberCommand: CommandModule<object, ServerArguments> = {
  command: 'subscriber <command>',
  describe: 'look at subscribers and switch their profiles',
  builder: (yargs: Argv): Argv<ServerArguments> =>
    yargs
      .option('server', {
        type: 'string',
        default: process.env.SOJOURN_API ?? 'http://127.0.0.1:8080',
        requiresArg: true,
        describe: "URL of the home server's operator API; default: $SOJOURN_API, if set",
      })
      .option('token-file', {
        type: 'string',
        demandOption: true,
        requiresArg: true,
        describe: 'file with the bearer token; default: $SOJOURN_TOKEN_FILE, if set',
        ...(process.env.SOJOURN_TOKEN_FILE && { default: process.env.SOJOURN_TOKEN_FILE }),
      })
      .option('json', { type: 'boolean', default: false, describe: 'the answer as JSON, for programs' })
      .command(listCommand)
      .command(showCommand)
      .command(setProfileCommand)
      .demandCommand(1, 'Name what to do: list, show or set-profile.'),
  handler: () => {},
}

function clientOf({ server, tokenFile }: ArgumentsCamelCase<ServerArguments>): OperatorClient {
  return new OperatorClient(server, readToken(tokenFile))
}

function print({ json }: Pick<ServerArguments, 'json'>, answer: unknown, text: string): void {
  console.log(json ? JSON.stringify(answer, null, 2) : text)
}
