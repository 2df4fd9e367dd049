import { SojournError } from '#core/error.ts'

export class DatabaseError extends SojournError {}
