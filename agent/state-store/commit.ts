import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { StateError } from './state-error.ts'
import type { StateStore } from './state-store.ts'

/** Writes what somebody waits for. @throws state/unwritable after `undo` has put everything back */
export async function commitOrUndo(
  state: Pick<StateStore, 'commit'>,
  undo: () => Promise<void>,
): Promise<void> {
  try {
    state.commit()
  } catch (error) {
    await undo()
    throw error
  }
}

/** Writes what has happened in any case: what a full disk refuses, the store writes with its next change. */
export function commitOrLater(state: Pick<StateStore, 'commit'>, log: Log, what: string): void {
  try {
    state.commit()
  } catch (error) {
    if (!(error instanceof StateError)) throw error
    log.error({ event: 'state', reason: describeError(error) }, `${what} is not on the disk yet`)
  }
}
