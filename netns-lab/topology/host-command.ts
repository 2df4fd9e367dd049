import { execa } from 'execa'
import { LabError } from '../lab-error.ts'
import type { HostName } from './hosts.ts'

/** `ip` and `tc` enter a namespace by themselves: one exec less, and an exec costs 20 ms in user-mode Linux. */
const namespaceAware = ['ip', 'tc']

/** The argument vector that runs a command in a host. */
export function inHost(host: HostName, command: readonly string[]): [string, ...string[]] {
  const [program = 'true', ...rest] = command
  if (namespaceAware.includes(program)) return [program, '-n', host, ...rest]
  return ['nsenter', `--net=/run/netns/${host}`, program, ...rest]
}

export interface Finished {
  /** The command as a person would type it in the host. */
  command: string
  /** Standard output; standard error stands in `complaint`. */
  output: string
  complaint: string
  exitCode: number
}

export interface CommandOptions {
  input?: string
  /** Working directory. */
  folder?: string
  environment?: Record<string, string>
}

/** Runs a command in a host to its end, whatever its exit code. @throws lab/command if it cannot be started */
export async function tryInHost(
  host: HostName,
  command: readonly string[],
  options: CommandOptions = {},
): Promise<Finished> {
  const [program, ...argv] = inHost(host, command)
  const result = await execa(program, argv, {
    reject: false,
    env: options.environment ?? {},
    ...(options.folder === undefined ? {} : { cwd: options.folder }),
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
  })
  const typed = commandLine(command)
  if (result.exitCode === undefined)
    throw new LabError(
      'lab/command',
      `${host}: \`${typed}\` did not run: ${result.shortMessage ?? 'no reason given'}`,
    )
  return { command: typed, output: result.stdout, complaint: result.stderr, exitCode: result.exitCode }
}

/** Runs a command in a host. @throws lab/command with what it printed, unless it ends with 0 */
export async function runInHost(
  host: HostName,
  command: readonly string[],
  options: CommandOptions = {},
): Promise<Finished> {
  const finished = await tryInHost(host, command, options)
  if (finished.exitCode !== 0) throw commandFailed(host, finished)
  return finished
}

export function commandFailed(host: HostName, { command, output, complaint, exitCode }: Finished): LabError {
  const printed = [output, complaint].filter(Boolean).join('\n') || '(it printed nothing)'
  return new LabError('lab/command', `${host}: \`${command}\` ended with ${exitCode}:\n${printed}`)
}

/** The words as a shell would take them. */
export function commandLine(command: readonly string[]): string {
  return command
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ')
}
