import { SojournError } from '#core/error.ts'

/**
 * A request that got no answer: diameter/no-route, diameter/redirect, diameter/timeout, diameter/closed,
 * diameter/malformed-answer.
 */
export class DiameterError extends SojournError {}
