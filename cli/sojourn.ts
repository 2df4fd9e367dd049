#!/usr/bin/env node
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { describeError, SojournError } from '#core/error.ts'
import { auditCommand } from './commands/audit.ts'
import { databaseCommand } from './commands/database.ts'
import { decodeCommand } from './commands/decode.ts'
import { editCommand } from './commands/edit.ts'
import { encodeCommand } from './commands/encode.ts'
import { eventCommand } from './commands/event.ts'
import { explainCommand } from './commands/explain.ts'
import { overrideCommand } from './commands/override.ts'
import { profileCommand } from './commands/profile.ts'
import { roleCommand } from './commands/role.ts'
import { roles } from './commands/roles.ts'
import { sessionCommand } from './commands/session.ts'
import { statusCommand } from './commands/status.ts'
import { subscriberCommand } from './commands/subscriber.ts'

const parser = yargs(hideBin(process.argv)).scriptName('sojourn').usage('$0 <command>').strict()
for (const entry of roles) parser.command(roleCommand(entry))
parser
  .command(statusCommand)
  .command(subscriberCommand)
  .command(explainCommand)
  .command(profileCommand)
  .command(editCommand)
  .command(overrideCommand)
  .command(sessionCommand)
  .command(eventCommand)
  .command(auditCommand)
  .command(databaseCommand)
  .command(decodeCommand)
  .command(encodeCommand)
  .completion('completion', 'print what makes the shell complete commands: sojourn completion >> ~/.bashrc')
parser.fail((message, error) => {
  throw error ?? new SojournError('cli/usage', `${message} (sojourn --help lists the commands)`)
})
try {
  await parser.parseAsync()
} catch (error) {
  console.error(error instanceof SojournError ? `Error: ${describeError(error)}` : error)
  process.exitCode = 2
}
