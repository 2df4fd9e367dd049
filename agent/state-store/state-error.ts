import { SojournError } from '#core/error.ts'

/** What an agent keeps over restarts cannot be read or written: state/unreadable, state/unwritable. */
export class StateError extends SojournError {}
