import { setTimeout as delay } from 'node:timers/promises'
import { LabError } from './lab-error.ts'

export interface Patience {
  timeoutSeconds: number
  /** 20 ms when absent; more where each look costs a process. */
  intervalMilliseconds?: number
}

/**
 * Looks again and again until `look` returns something, and returns that. The lab never sleeps for a fixed time.
 * @throws lab/timeout naming `what`, with the words of `lastSeen`
 */
export async function until<Seen>(
  what: string,
  patience: Patience,
  look: () => Promise<Seen | undefined> | Seen | undefined,
  lastSeen: () => string = () => '',
): Promise<Seen> {
  const end = Date.now() + patience.timeoutSeconds * 1000
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (Date.now() > end) {
      const last = lastSeen()
      throw new LabError(
        'lab/timeout',
        `waited ${patience.timeoutSeconds} s in vain: ${what}${last && `\nlast seen: ${last}`}`,
      )
    }
    await delay(patience.intervalMilliseconds ?? 20)
  }
}
