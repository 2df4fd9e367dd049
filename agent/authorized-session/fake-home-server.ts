/** For tests: the far end of a Diameter node. It keeps each request, and answers it with what the test has laid out. */
import { DiameterError } from '#diameter/diameter-error.ts'
import type { RequestBody } from '#diameter/handler.ts'
import type { DiameterNode, RequestOptions } from '#diameter/node.ts'
import type { CommandName } from '#wire/diameter/command.ts'
import type { AnswerMessage } from '#wire/diameter/message.ts'

type Requests = {
  [Name in CommandName]: { command: Name; avps: RequestBody<Name>; options: RequestOptions }
}[CommandName]
/** AVPs of an answer beside Origin-*; an error is what the caller gets instead of an answer. */
export type LaidOut = Record<string, unknown> | Error

export class FakeHomeServer implements Pick<DiameterNode, 'request' | 'sessionId'> {
  readonly requests: Requests[] = []
  readonly answers = new Map<CommandName, (avps: Record<string, unknown>) => LaidOut | Promise<LaidOut>>()
  #sessions = 0

  sessionId(): string {
    this.#sessions++
    return `fa1.a.example;1;${this.#sessions}`
  }

  async request<Name extends CommandName>(
    command: Name,
    avps: RequestBody<Name>,
    options: RequestOptions = {},
  ): Promise<AnswerMessage<Name>> {
    this.requests.push({ command, avps, options } as Requests)
    await Promise.resolve()
    const answer = (await this.answers.get(command)?.(avps)) ?? { 'Result-Code': 2001 }
    if (answer instanceof Error) throw answer
    const header = {
      proxiable: true,
      error: false,
      retransmitted: false,
      applicationId: 2,
      hopByHop: 1,
      endToEnd: 1,
    }
    const origin = { 'Origin-Host': 'aaah.home.example', 'Origin-Realm': 'home.example' }
    return {
      command,
      request: false,
      ...header,
      avps: { ...origin, ...answer },
    } as unknown as AnswerMessage<Name>
  }

  /** The AVPs of all requests of one command so far. */
  sent<Name extends CommandName>(command: Name): RequestBody<Name>[] {
    return this.requests
      .filter((request) => request.command === command)
      .map(({ avps }) => avps as RequestBody<Name>)
  }
}

/** As a Diameter node rejects when no answer came in time. */
export function timeout(): DiameterError {
  return new DiameterError('diameter/timeout', 'no answer in time')
}

/** Resolves when all that is under way has come to rest: promises only, no timers. */
export async function atRest(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
}
