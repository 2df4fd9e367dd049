import { join } from 'node:path'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { describeError, SojournError } from '#core/error.ts'
import type { KernelKind } from './kernel/choose.ts'
import { LabError } from './lab-error.ts'
import { projectFolder } from './program.ts'
import { runScenarios } from './run-scenario.ts'
import { scenarios } from './scenarios/index.ts'

/** Kernel kinds as the command line names them. */
const kernelArguments: Record<string, KernelKind> = { native: 'native', uml: 'user-mode-linux' }

function listScenarios(): void {
  const width = Math.max(...Object.keys(scenarios).map((name) => name.length))
  for (const [name, { title }] of Object.entries(scenarios)) console.log(`${name.padEnd(width)}  ${title}`)
}

try {
  await yargs(hideBin(process.argv))
    .scriptName('npm run lab --')
    .usage('$0 list | NAME [--kernel native|uml] [--hold | --exec FILE]')
    .command('list', 'list the scenarios', {}, listScenarios)
    .command(
      '$0 <scenario>',
      'run a scenario and write lab-report/',
      (builder) =>
        builder
          .positional('scenario', {
            type: 'string',
            demandOption: true,
            describe: 'its name, as `list` prints it',
          })
          .option('kernel', {
            choices: Object.keys(kernelArguments),
            describe: 'the kernel to run on; chosen by itself when absent',
          })
          .option('hold', {
            type: 'boolean',
            describe: 'instead of the story: a prompt with `exec HOST CMD`, mn1 registered',
          })
          .option('exec', {
            type: 'string',
            requiresArg: true,
            describe: 'instead of the story: run this script in the lab, mn1 registered',
          })
          .conflicts('hold', 'exec'),
      async ({ scenario, kernel, hold, exec }) => {
        if (!(scenario in scenarios))
          throw new LabError(
            'lab/usage',
            `no scenario "${scenario}"; there are: ${Object.keys(scenarios).join(', ')}`,
          )
        process.exitCode = await runScenarios({
          scenarios: [scenario],
          ...(kernel === undefined ? {} : { kernel: kernelArguments[kernel] }),
          hold,
          ...(exec === undefined ? {} : { exec }),
          reportTo: join(projectFolder, 'lab-report'),
        })
      },
    )
    .strict()
    .demandCommand()
    .help()
    .fail((message, error) => {
      throw error ?? new LabError('lab/usage', message)
    })
    .parseAsync()
} catch (error) {
  console.error(error instanceof SojournError ? `Error: ${describeError(error)}` : error)
  process.exitCode = 2
}
