import { createHash } from 'node:crypto'
import type { Clock } from '#core/clock.ts'
import { encodeAvps } from '#wire/diameter/avp.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { avpsNamed } from '#wire/diameter/group.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'

/** An end-to-end identifier stays unique for at least four minutes, also over a restart (RFC 6733, section 3). */
const windowMilliseconds = 240_000
/** More than this are not remembered: the oldest goes. */
const answersLimit = 10_000

/**
 * The requests that were answered here, so that a retransmission gets the same answer instead of being carried out again, also while
 * the first is still under way (RFC 6733, sections 3 and 5.5.4). With or without the T flag: an agent on the way may have lost it. A
 * retransmission has the end-to-end identifier, the Origin-Host and all other AVPs of the first, but for those that agents add: an answer
 * may hold keys, which nobody gets who only knows the identifiers.
 */
export class AnsweredRequests {
  readonly #clock: Clock
  /** In the order of their age. */
  readonly #answers = new Map<string, { answer: Promise<RawMessage>; since: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The answer of `execute`, which is called only if the request is new. */
  async answer(request: RawMessage, execute: () => Promise<RawMessage>): Promise<RawMessage> {
    const key = keyOf(request)
    this.#forgetOld()
    const known = this.#answers.get(key)
    if (known !== undefined) return withProxyInfoOf(request, await known.answer)
    const answer = execute()
    this.#answers.set(key, { answer, since: this.#clock.now() })
    return answer
  }

  #forgetOld(): void {
    const oldest = this.#clock.now() - windowMilliseconds
    for (const [key, { since }] of this.#answers) {
      if (since > oldest && this.#answers.size < answersLimit) return
      this.#answers.delete(key)
    }
  }
}

const addedByAgents: readonly number[] = [dictionary['Route-Record'].code, dictionary['Proxy-Info'].code]

function keyOf({ avps, commandCode, applicationId, endToEnd }: RawMessage): string {
  const own = avps.filter(({ code, vendorId }) => vendorId !== 0 || !addedByAgents.includes(code))
  return createHash('sha256')
    .update(`${commandCode} ${applicationId} ${endToEnd} `)
    .update(encodeAvps(own))
    .digest('base64')
}

/** The agents that a retransmission came by may be others (RFC 6733, section 6.7.2). */
function withProxyInfoOf(request: RawMessage, answer: RawMessage): RawMessage {
  const { code } = dictionary['Proxy-Info']
  const others = answer.avps.filter((avp) => avp.code !== code || avp.vendorId !== 0)
  return { ...answer, avps: [...others, ...avpsNamed(request.avps, 'Proxy-Info')] }
}
