import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'

/** How an isolated process ended: its exit code, or 128 + the signal that killed it. */
export interface IsolatedProcess {
  child: ChildProcess
  ended: Promise<number>
  /** Takes the process and everything below it away, at once. */
  kill(): void
}

export interface IsolatedOptions {
  /** Further namespaces beside the one for process ids, as `unshare` names them. */
  namespaces?: readonly ('--mount' | '--net')[]
  /** Further files for the child, from descriptor 3 on. */
  extraFiles?: readonly number[]
  stdin: 'inherit' | 'pipe' | 'ignore'
  environment?: Record<string, string>
}

/**
 * Starts a command in a process-id namespace of its own; an unprivileged user needs a user namespace for that. When the command ends, is killed, or when this process
 * dies in whatever way, the kernel kills all that the command had started: nothing can be left behind.
 */
export function startIsolated(command: readonly string[], options: IsolatedOptions): IsolatedProcess {
  const root = process.getuid?.() === 0
  const user = root ? [] : ['--user', '--map-current-user']
  const wrapped = [
    ...['--pdeathsig', 'KILL', 'unshare', ...user, ...(options.namespaces ?? [])],
    // The shell is the namespace's first process, which signals without a handler cannot reach: an abort of the command must.
    ...['--pid', '--fork', '--kill-child=KILL', '--', 'sh', '-c', '"$@"; exit $?', 'sh', ...command],
  ]
  const child = spawn('setpriv', wrapped, {
    stdio: [options.stdin, 'pipe', 'pipe', ...(options.extraFiles ?? [])],
    env: { ...process.env, ...options.environment },
    // A process group of its own: Ctrl-C reaches this process only, which then takes the whole group away.
    detached: true,
  })
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
  const kill = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    process.kill(-child.pid, 'SIGKILL')
  }
  return { child, ended, kill }
}
