import type { Avps, FailureAvps } from '#wire/diameter/avps.ts'
import type { CommandName } from '#wire/diameter/command.ts'
import type { AnswerMessage, RequestMessage, SuccessAnswer } from '#wire/diameter/message.ts'
import { isSuccessCode } from '#wire/diameter/result-code.ts'

/** What the node fills into a request unless the caller gives it. */
type FilledInRequest =
  | 'Session-Id'
  | 'Origin-Host'
  | 'Origin-Realm'
  | 'Auth-Application-Id'
  | 'Acct-Application-Id'

/** The AVPs of a request as the caller gives them; Session-Id, Origin-* and the application id are filled in when absent. */
export type RequestBody<Name extends CommandName> = Omit<Avps<Name, 'request'>, FilledInRequest> &
  Partial<Pick<Avps<Name, 'request'>, Extract<FilledInRequest, keyof Avps<Name, 'request'>>>>

/**
 * The AVPs of an answer as a handler gives them. The node adds Origin-*, and copies from the request what the answer's grammar requires
 * and the body lacks: Session-Id, Auth-Application-Id, the accounting record's type and number.
 */
export type AnswerBody<Name extends CommandName> = { 'Result-Code': number } & Partial<
  Omit<Avps<Name, 'answer'> & FailureAvps<Name>, 'Result-Code'>
>

export interface RequestContext {
  /** Identity of the neighbour that handed the request over; who made it is in Origin-Host. */
  peer: string
}

export type Handler<Name extends CommandName> = (
  request: RequestMessage<Name>,
  context: RequestContext,
) => Promise<AnswerBody<Name>> | AnswerBody<Name>

/** Whether the Result-Code is 2xxx; if not, only the error answer's AVPs are certain. */
export function isSuccess<Name extends CommandName>(
  answer: AnswerMessage<Name>,
): answer is SuccessAnswer<Name> {
  const avps: object = answer.avps
  return (
    'Result-Code' in avps && typeof avps['Result-Code'] === 'number' && isSuccessCode(avps['Result-Code'])
  )
}
