import type { CommandName } from '#wire/diameter/command.ts'
import type { AnswerMessage } from '#wire/diameter/message.ts'
import { DiameterError } from './diameter-error.ts'
import type { RequestBody } from './handler.ts'
import type { DiameterNode } from './node.ts'

/**
 * Sends a request that may be lost and may be carried out twice: once more, with the T flag, when nobody has answered in time.
 * Rejects as `DiameterNode.request`.
 * @param isWanted whether the repetition still makes sense
 */
export async function requestTwice<Name extends CommandName>(
  diameter: Pick<DiameterNode, 'request'>,
  command: Name,
  avps: RequestBody<Name>,
  patienceMilliseconds: number,
  isWanted: () => boolean,
): Promise<AnswerMessage<Name>> {
  const options = { timeoutMilliseconds: patienceMilliseconds }
  try {
    return await diameter.request(command, avps, options)
  } catch (error) {
    if (!(error instanceof DiameterError) || error.code !== 'diameter/timeout' || !isWanted()) throw error
    return diameter.request(command, avps, { ...options, retransmitted: true })
  }
}
