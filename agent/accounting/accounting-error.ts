import { SojournError } from '#core/error.ts'

/** A usage record that cannot be kept: accounting/store. */
export class AccountingError extends SojournError {}
