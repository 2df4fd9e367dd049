import { type Logger, pino } from 'pino'

export type Log = Logger

/**
 * Levels, and the one meaning each has:
 * - fatal: the process ends because of this;
 * - error: something asked of us could not be done; a person should look;
 * - warn: refused or repaired; the system goes on, a person may want to know (failed authentication, a peer lost);
 * - info: a session, binding, visitor or profile changed;
 * - debug: each message in and out, each kernel command.
 */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof logLevels)[number]

/** A log in JSON lines on standard error, each with the role's name. */
export function createLog(role: string, level: LogLevel = 'info'): Log {
  return pino(
    { name: role, level, base: { role }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  )
}

/** A log that says nothing, for tests. */
export const silentLog: Log = pino({ level: 'silent' })
