import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { LabError } from '../lab-error.ts'
import { commandLine, type Finished, inHost } from '../topology/host-command.ts'
import type { HostName } from '../topology/hosts.ts'

/** A witness that runs beside the story (tcpdump, ip monitor, iperf3) and whose output is read when it ends. */
export class WitnessProcess {
  readonly host: HostName
  readonly command: readonly string[]
  readonly #child: ChildProcess
  readonly #finished: Promise<Finished>
  #output = ''
  #complaint = ''
  #running = true

  /** `prefix`: words before the command, on its way into the host. `outputFile`: takes standard output, which is then not kept here. */
  constructor(
    host: HostName,
    command: readonly string[],
    { prefix = [], outputFile }: { prefix?: readonly string[]; outputFile?: string } = {},
  ) {
    this.host = host
    this.command = command
    const [program, ...argv] = inHost(host, command)
    const [first = program, ...rest] = [...prefix, program, ...argv]
    // Times are printed in UTC so that they can be read back.
    const output = outputFile === undefined ? undefined : openSync(outputFile, 'w')
    this.#child = spawn(first, rest, {
      stdio: ['ignore', output ?? 'pipe', 'pipe'],
      env: { ...process.env, TZ: 'UTC' },
    })
    if (output !== undefined) closeSync(output)
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint += text
    })
    this.#finished = new Promise((resolve, reject) => {
      this.#child.once('error', (cause) => {
        this.#running = false
        reject(new LabError('lab/command', `${host}: cannot start \`${commandLine(command)}\``, { cause }))
      })
      this.#child.once('close', (code) => {
        this.#running = false
        resolve({
          command: commandLine(command),
          output: this.#output,
          complaint: this.#complaint,
          exitCode: code ?? 0,
        })
      })
    })
    // Whoever waits for `finished` hears of it; nobody has to wait.
    this.#finished.catch(() => undefined)
  }

  get processId(): number {
    return this.#child.pid ?? 0
  }

  get running(): boolean {
    return this.#running
  }

  /** What it has printed until now. */
  get output(): string {
    return this.#output
  }

  get complaint(): string {
    return this.#complaint
  }

  /** Resolves when it has ended, by itself or by `stop`. @throws lab/command if it could not be started */
  get finished(): Promise<Finished> {
    return this.#finished
  }

  async stop(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<Finished> {
    this.#child.kill(signal)
    return await this.#finished
  }
}
