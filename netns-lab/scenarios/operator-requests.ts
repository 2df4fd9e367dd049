import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { LabError } from '../lab-error.ts'
import { inHost } from '../topology/host-command.ts'
import type { Lab } from './scenario.ts'

/** A line on the way to `session/send-requests.ts`, and one on the way back. */
export interface SentRequest {
  id: number
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  body: unknown
  /** An entity tag. */
  ifMatch: string | undefined
}
export interface SentAnswer {
  id: number
  /** 0: there was none, and `text` says why. */
  status: number
  text: string
  /** Milliseconds since 1970. */
  sentAt: number
  answeredAt: number
}
/** `body`: parsed JSON; undefined when there is none. */
export type OperatorAnswer = Omit<SentAnswer, 'text' | 'id'> & { body: unknown }

/** An operator whose program stays connected to the operator API, from host hs. */
export class OperatorRequests {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: SentAnswer) => void>()
  #count = 0

  constructor({ roles, projectFolder }: Lab) {
    const program = join(projectFolder, 'netns-lab/session/send-requests.ts')
    const [command, ...argv] = inHost('hs', [process.execPath, program])
    this.#child = spawn(command, argv, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...roles.operatorEnvironment },
    })
    const failed = (why: string): void => {
      for (const [id, resolve] of this.#waiting)
        resolve({ id, status: 0, text: why, sentAt: Number.NaN, answeredAt: Number.NaN })
      this.#waiting.clear()
    }
    this.#child.once('error', (error) => failed(error.message))
    this.#child.once('exit', (code) => failed(`the client ended with ${code}`))
    if (this.#child.stdout)
      createInterface({ input: this.#child.stdout }).on('line', (line) => {
        const answer = JSON.parse(line) as SentAnswer
        this.#waiting.get(answer.id)?.(answer)
        this.#waiting.delete(answer.id)
      })
  }

  /** Resolves with whatever was answered; status 0 when there was no answer. */
  async ask(
    method: SentRequest['method'],
    path: string,
    body?: unknown,
    ifMatch?: string,
  ): Promise<OperatorAnswer> {
    const id = ++this.#count
    const answered = new Promise<SentAnswer>((resolve) => this.#waiting.set(id, resolve))
    const request: SentRequest = { id, method, path, body, ifMatch }
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`)
    const { status, text, sentAt, answeredAt } = await answered
    return { status, sentAt, answeredAt, body: status === 0 || text === '' ? undefined : JSON.parse(text) }
  }

  /** The body of a 2xx. @throws lab/command with the problem that was answered instead */
  async order(method: SentRequest['method'], path: string, body?: unknown): Promise<OperatorAnswer> {
    const answer = await this.ask(method, path, body)
    if (answer.status >= 200 && answer.status < 300) return answer
    throw new LabError('lab/command', `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }

  close(): void {
    this.#child.stdin?.end()
  }
}
