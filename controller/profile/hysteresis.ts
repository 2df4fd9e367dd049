/** Over, or not, and since when the value lies on the other side; JSON. */
export interface Hysteresis {
  over: boolean
  /** Milliseconds since 1970; absent: it does not. */
  crossedAt?: number | undefined
}

export interface Band {
  /** Over once the value has been so high or higher for `for` ... */
  threshold: number
  /** ... and no longer over once it has been below this for `clearAfter`. Not above `threshold`. */
  clearBelow: number
  forMilliseconds: number
  clearAfterMilliseconds: number
}

/**
 * One look at a value. While it stays in the band nothing changes, and a value that comes back before the time is
 * over begins anew.
 * @param sample the newest value, and the time since when it has been known @param now when it is looked at
 */
export function stepHysteresis(
  { over, crossedAt }: Hysteresis,
  band: Band,
  sample: { value: number; at: number },
  now: number,
): { next: Hysteresis; changesAt?: number } {
  const crossed = over ? sample.value < band.clearBelow : sample.value >= band.threshold
  if (!crossed) return { next: { over } }
  const since = crossedAt ?? Math.min(sample.at, now)
  const changesAt = since + (over ? band.clearAfterMilliseconds : band.forMilliseconds)
  return now >= changesAt ? { next: { over: !over } } : { next: { over, crossedAt: since }, changesAt }
}
