import type { KernelEvent } from '../../witness/kernel-monitor.ts'
import { bitsPerSecond } from '../../witness/kernel-state.ts'

/** When a class took another rate than it had, which was `rate` in bits per second; the kernel also tells what it was asked for. */
export function rateChanges(
  events: readonly KernelEvent[],
  classId: string | undefined,
  rate: number,
): { atMilliseconds: number; rate: number }[] {
  let former = rate
  return events.flatMap(({ atMilliseconds, text }) => {
    const now = bitsPerSecond(/ rate (\S+)/.exec(text)?.[1] ?? '')
    if (!text.startsWith(`class htb ${classId} `) || now === former) return []
    former = now
    return { atMilliseconds, rate: now }
  })
}
