import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../condition.ts'
import { LabError } from '../lab-error.ts'
import { commandLine, inHost } from './host-command.ts'
import type { HostName } from './hosts.ts'

const readyTimeoutSeconds = 60
const stopTimeoutSeconds = 5

export interface DaemonOptions {
  /** Of the log; the host's when absent. */
  name?: string
  /** What its log says when it works. */
  ready: RegExp
  /** Working directory. */
  folder?: string
}

/** What our roles log when they are connected. */
const roleIsReady = /"event":"ready"/

/** A process in a host that lives as long as the lab; its log (JSON lines where it is ours) goes to a file. */
export class Daemon {
  readonly host: HostName
  readonly name: string
  readonly logFile: string
  /** Where in the log this process began; another may have written before it. */
  readonly #logStart: number
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  #outcome: string | undefined
  readonly #ready: RegExp
  #asked = false

  constructor(
    host: HostName,
    command: readonly string[],
    logFolder: string,
    { ready, folder, name = host }: DaemonOptions = { ready: roleIsReady },
  ) {
    this.host = host
    this.name = name
    this.#ready = ready
    this.logFile = join(logFolder, `${name}.log`)
    const log = openSync(this.logFile, 'a')
    this.#logStart = fstatSync(log).size
    const [program, ...argv] = inHost(host, command)
    this.#child = spawn(program, argv, {
      stdio: ['ignore', log, log],
      ...(folder === undefined ? {} : { cwd: folder }),
    })
    closeSync(log)
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#outcome = `could not be started: ${error.message}`
        resolve()
      })
      this.#child.once('exit', (code, signal) => {
        this.#outcome = `ended with ${signal ?? `exit code ${code}`} (${commandLine(command)})`
        resolve()
      })
    })
  }

  /** nsenter replaces itself by the program, so this is the daemon's own process id. */
  get processId(): number {
    if (this.#child.pid === undefined)
      throw new LabError('lab/command', `${this.host}: the daemon was not started`)
    return this.#child.pid
  }

  /** How it ended though nobody had asked it to; undefined while all is well. */
  get unexpectedEnd(): string | undefined {
    return this.#asked ? undefined : this.#outcome
  }

  /**
   * Whether it has ever had a child process: the kernel adds a child's page faults, of which any has some, to its parent's account
   * (cminflt, field 11 of /proc/PID/stat).
   */
  get hasHadChildren(): boolean {
    const afterName = readFileSync(`/proc/${this.processId}/stat`, 'utf8').split(') ').at(-1) ?? ''
    return afterName.split(' ')[8] !== '0'
  }

  get running(): boolean {
    return this.#outcome === undefined
  }

  /** @throws lab/command when it ends before, lab/timeout; both with the end of the log */
  async ready(): Promise<void> {
    await until(
      `${this.host}: the log says ${this.#ready}`,
      { timeoutSeconds: readyTimeoutSeconds },
      () => {
        if (this.#outcome !== undefined)
          throw new LabError('lab/command', `${this.host}: the role ${this.#outcome}:\n${this.logTail()}`)
        return this.#ready.test(readFileSync(this.logFile).subarray(this.#logStart).toString()) || undefined
      },
      () => this.logTail(),
    )
  }

  /** Ends it in good order, or by force when it takes too long; a second call only waits. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (!this.#asked && this.running) this.#child.kill(signal)
    this.#asked = true
    const force = setTimeout(() => this.#child.kill('SIGKILL'), stopTimeoutSeconds * 1000)
    await this.#ended
    clearTimeout(force)
  }

  /** Of this process. */
  log(): string {
    return readFileSync(this.logFile).subarray(this.#logStart).toString()
  }

  logTail(lines = 8): string {
    return this.log().trimEnd().split('\n').slice(-lines).join('\n')
  }

  /** What a person should look at: levels warn and above (pino: 40), and lines that are no log at all, such as a crash. */
  complaints(lines = 6): string[] {
    const isComplaint = (line: string): boolean => !line.startsWith('{') || /"level":[456]0/.test(line)
    return this.log().trimEnd().split('\n').filter(Boolean).filter(isComplaint).slice(-lines)
  }
}
