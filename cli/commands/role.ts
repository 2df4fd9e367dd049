import type { CommandModule } from 'yargs'
import type { z } from 'zod'
import { systemClock } from '#core/clock.ts'
import { loadConfig } from '#core/config.ts'
import { describeError } from '#core/error.ts'
import { createLog, type LogLevel, logLevels } from '#core/log.ts'
import type { RoleContext, RunningRole } from '#core/role.ts'

/** Validates a configuration file and returns what starts the role with it. @throws config/unreadable, config/invalid */
export type ConfiguredRole = (file: string) => (context: RoleContext) => Promise<RunningRole>

/** A role as the command line starts it; `load` brings its code in only when it is the one to run. */
export interface RoleEntry {
  name: string
  describe: string
  load: () => Promise<ConfiguredRole>
}

/** Ties a role's schema to its start function, so that what is validated is what is passed on. */
export function role<Schema extends z.ZodType>(
  schema: Schema,
  start: (config: z.output<Schema>, context: RoleContext) => Promise<RunningRole>,
): ConfiguredRole {
  return (file) => {
    const config = loadConfig(file, schema)
    return (context) => start(config, context)
  }
}

interface RoleArguments {
  config: string
  logLevel: LogLevel
  check: boolean
}

/** The subcommand that runs a role in the foreground until SIGTERM or SIGINT. */
export function roleCommand({ name, describe, load }: RoleEntry): CommandModule<object, RoleArguments> {
  return {
    command: name,
    describe,
    builder: (yargs) =>
      yargs
        .option('config', {
          type: 'string',
          demandOption: true,
          requiresArg: true,
          describe: 'YAML configuration of the role',
        })
        .option('logLevel', {
          choices: logLevels,
          default: 'info' as const,
          describe: 'least level that is logged',
        })
        .option('check', { type: 'boolean', default: false, describe: 'only validate the configuration' }),
    handler: async ({ config: file, logLevel, check }) => {
      const configured = await load()
      const start = configured(file)
      if (check) return console.log(`${file}: valid configuration of ${name}`)
      const log = createLog(name, logLevel)
      const stopAsked = new Promise<NodeJS.Signals>((resolve) => {
        process.once('SIGTERM', resolve)
        process.once('SIGINT', resolve)
      })
      process.on('uncaughtException', (error) => {
        log.fatal(
          { event: 'crash', error: describeError(error), stack: error.stack },
          'a fault in the program',
        )
        process.exit(1)
      })
      const running = await start({ log, clock: systemClock })
      log.info({ event: 'stop', signal: await stopAsked }, 'stopping')
      await running.stop()
      process.exit(0)
    },
  }
}
