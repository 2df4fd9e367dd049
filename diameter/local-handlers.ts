import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { type CommandName, commandName, commands } from '#wire/diameter/command.ts'
import { avpsNamed } from '#wire/diameter/group.ts'
import { decodeRequest, type RequestMessage, toRawMessage } from '#wire/diameter/message.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { checkRequest } from '#wire/diameter/request-checks.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { WireError } from '#wire/wire-error.ts'
import { answerHeader, errorAnswer } from './error-answer.ts'
import type { AnswerBody, Handler } from './handler.ts'
import { faultOf } from './incoming.ts'
import type { LocalIdentity } from './local-identity.ts'

type RawHandler = (request: RawMessage, peer: string) => Promise<RawMessage>

/** Answers the requests that are addressed to this node. Always answers: a fault of a handler is 5012 and an error in the log. */
export class LocalHandlers {
  readonly #local: LocalIdentity
  readonly #log: Log
  readonly #handlers = new Map<CommandName, RawHandler>()

  constructor(local: LocalIdentity, log: Log) {
    this.#local = local
    this.#log = log
  }

  set<Name extends CommandName>(command: Name, handler: Handler<Name>): void {
    this.#handlers.set(command, async (raw, peer) => {
      const request = decodeRequest(command, raw)
      checkRequest(raw)
      return this.#compose(request, raw, await handler(request, { peer }))
    })
  }

  async answer(request: RawMessage, peer: string): Promise<RawMessage> {
    const refuse = (code: number, errorMessage: string): RawMessage =>
      errorAnswer(this.#local, request, { resultCode: code, errorMessage })
    if (!this.#serves(request.applicationId))
      return refuse(resultCode.applicationUnsupported, `application ${request.applicationId} is not served`)
    const command = commandName(request.commandCode)
    const handler = command && this.#handlers.get(command)
    if (handler === undefined)
      return refuse(resultCode.commandUnsupported, `command ${request.commandCode} is not served`)
    try {
      return await handler(request, peer)
    } catch (error) {
      if (error instanceof WireError && error.resultCode !== undefined) {
        this.#log.warn({ peer, command, resultCode: error.resultCode }, describeError(error))
        return errorAnswer(this.#local, request, faultOf(error))
      }
      this.#log.error({ peer, command, err: error }, 'a request could not be handled')
      return refuse(resultCode.unableToComply, 'internal error')
    }
  }

  #serves(applicationId: number): boolean {
    const { applications } = this.#local
    if (applicationId === 0 || 'relay' in applications) return true
    return applications.auth.includes(applicationId) || applications.accounting.includes(applicationId)
  }

  /** Origin-* and Proxy-Info as it came, and from the request what the answer's grammar requires and the handler did not give. */
  #compose<Name extends CommandName>(
    request: RequestMessage<Name>,
    raw: RawMessage,
    body: AnswerBody<Name>,
  ): RawMessage {
    const given = new Map<string, unknown>(Object.entries(body))
    const asked = new Map<string, unknown>(Object.entries(request.avps))
    const copied = Object.entries(commands[request.command].answer)
      .filter(([name, cardinality]) => cardinality === '1' && asked.has(name) && !given.has(name))
      .map(([name]) => [name, asked.get(name)])
    const avps = {
      ...Object.fromEntries(copied),
      'Result-Code': body['Result-Code'],
      'Origin-Host': this.#local.identity,
      'Origin-Realm': this.#local.realm,
      ...Object.fromEntries(given),
    }
    const answer = toRawMessage({
      ...answerHeader(raw, body['Result-Code']),
      command: request.command,
      avps,
    })
    return { ...answer, avps: [...answer.avps, ...avpsNamed(raw.avps, 'Proxy-Info')] }
  }
}
