import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { until } from '../condition.ts'
import { LabError } from '../lab-error.ts'
import { inHost } from '../topology/host-command.ts'
import type { HostName } from '../topology/hosts.ts'

/** What the script prints after a command. */
export interface ScapyOutcome {
  did: string
  error?: string
  careOfAddress?: string
  code?: number
  lifetime?: number
  /** The reply came with a mobile-home authenticator, and it is right. */
  authenticated?: boolean
}

const patienceSeconds = 30

/** The mobile node of `mobile-node.py` in a host. */
export class ScapyNode {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #lines: string[] = []
  #complaint = ''
  #read = 0

  constructor(host: HostName, script: string, words: readonly string[]) {
    // Debian's own Python: another one that comes first in PATH has no scapy.
    const [program, ...argv] = inHost(host, ['/usr/bin/python3', script, ...words])
    this.#child = spawn(program, argv, { stdio: ['pipe', 'pipe', 'pipe'] })
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#lines.push(line))
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint += text
    })
  }

  async ready(): Promise<void> {
    await this.#nextLine('ready')
  }

  /** Gives a command and waits for its outcome. @throws lab/timeout, lab/command when the script has ended */
  async tell(command: string): Promise<ScapyOutcome> {
    this.#child.stdin.write(`${command}\n`)
    return JSON.parse(await this.#nextLine(command))
  }

  /** All that it has printed. */
  get transcript(): string {
    return this.#lines.join('\n')
  }

  stop(): void {
    this.#child.stdin.end()
    this.#child.kill('SIGKILL')
  }

  async #nextLine(command: string): Promise<string> {
    const line = await until(
      `the stranger has done: ${command}`,
      { timeoutSeconds: patienceSeconds },
      () => {
        if (this.#child.exitCode !== null && this.#lines.length === this.#read)
          throw new LabError(
            'lab/command',
            `mobile-node.py ended with ${this.#child.exitCode}:\n${this.#complaint}`,
          )
        return this.#lines[this.#read]
      },
      () => this.#complaint,
    )
    this.#read++
    return line
  }
}
