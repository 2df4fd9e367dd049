#!/usr/bin/env node
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { describeError, SojournError } from '#core/error.ts'
import { databaseCommand } from './commands/database.ts'
import { decodeCommand } from './commands/decode.ts'
import { encodeCommand } from './commands/encode.ts'
import { roleCommand } from './commands/role.ts'
import { roles } from './commands/roles.ts'
import { subscriberCommand } from './commands/subscriber.ts'

const parser = yargs(hideBin(process.argv))
  .scriptName('sojourn')
  .usage('$0 <command>')
  .strict()
  .demandCommand(1, 'Name a command.')
for (const entry of roles) parser.command(roleCommand(entry))
parser.command(subscriberCommand).command(databaseCommand).command(decodeCommand).command(encodeCommand)
parser.fail((message, error) => {
  throw error ?? new SojournError('cli/usage', `${message} (sojourn --help lists the commands)`)
})
try {
  await parser.parseAsync()
} catch (error) {
  console.error(error instanceof SojournError ? `Error: ${describeError(error)}` : error)
  process.exitCode = 2
}
