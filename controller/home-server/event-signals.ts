import { randomUUID } from 'node:crypto'
import { describeError } from '#core/error.ts'
import type { Settled } from '../database/settle.ts'
import type { SignalEvent } from '../profile/facts.ts'
import type { Server } from './server.ts'
import { followSettled } from './settlement.ts'

type WithoutIdentity<Event> = Event extends unknown ? Omit<Event, 'id' | 'at'> : never
/** What has happened, just now. */
export type Signal = WithoutIdentity<SignalEvent>

/** Takes in an event signal and brings what it changes to the agents. `answer`: of a condition, if the signal asks for one. */
export async function signal(
  server: Server,
  nai: string,
  what: Signal,
): Promise<{ settled: Settled | undefined; answer: Settled['answers'][number] | undefined }> {
  const { database, clock, log } = server
  const at = clock.now()
  const event = { ...what, id: randomUUID(), at }
  const [settled] = await database.recordEvents([{ nai, event }], at)
  log.info(
    { event: 'event-signal', nai, kind: what.kind, held: settled?.held },
    `${nai}: ${what.kind}${settled?.held ? ', which waits for the end of an edit' : ''}`,
  )
  if (settled) followSettled(server, settled)
  return { settled, answer: settled?.answers.find((answer) => answer.event === event.id) }
}

/** As `signal`, when nobody waits for the outcome. */
export function signalInBackground(server: Server, nai: string, what: Signal): void {
  inTurn(server, nai, () => signal(server, nai, what))
}

/** Judges the conditions by facts that are different now, such as where the node is. */
export function settleInBackground(server: Server, nai: string): void {
  inTurn(server, nai, async () =>
    followSettled(server, await server.database.settle(nai, server.clock.now())),
  )
}

/** In the subscriber's turn of the queue. */
function inTurn(server: Server, nai: string, task: () => Promise<unknown>): void {
  server.queue
    .run(nai, task)
    .catch((error: unknown) =>
      server.log.error(
        { event: 'conditions', nai, error: describeError(error) },
        `the conditions of ${nai} could not be judged`,
      ),
    )
}
