import type { Encodable } from './attribute.ts'
import { s8, u8 } from './attribute-type.ts'
import { struct } from './struct.ts'

/** A rate estimator: `struct gnet_estimator` (linux/gen_stats.h). */
export const tcEstimator = struct('gnet_estimator', {
  /** Samples are taken every 2^n seconds, -2 to 3. */
  intervalLog: s8,
  /** The newest sample weighs 2^-n in the average. */
  weightLog: u8,
})

/** Makes the kernel estimate bytes and packets per second: `estimator INTERVAL AVERAGE` of `tc`. */
export interface TcEstimator {
  /** Samples are taken so often: 250, 500, 1000, 2000, 4000 or 8000. */
  intervalMilliseconds: number
  /** The average is over about so much time: more than one interval, rounded down to a power of two of them. */
  averageMilliseconds: number
}

/**
 * As the kernel wants it, of what is `estimator INTERVAL AVERAGE` for `tc`.
 * @throws RangeError when the interval is longer than 8 s, or the average shorter than about two intervals
 */
export function estimatorOf({ intervalMilliseconds, averageMilliseconds }: TcEstimator) {
  const intervalLog = Math.max(-2, Math.ceil(Math.log2(intervalMilliseconds / 1000)))
  // As tc_setup_estimator of iproute2: with the weight 2^-n a sample has faded to 1/e after about 2^n intervals.
  const fades = (log: number) => intervalMilliseconds / -Math.log(1 - 2 ** -log)
  let weightLog = 1
  while (weightLog < 31 && fades(weightLog + 1) <= averageMilliseconds) weightLog++
  if (intervalLog > 3 || weightLog >= 31 || fades(weightLog) > averageMilliseconds)
    throw new RangeError(`no estimator has ${intervalMilliseconds} ms for ${averageMilliseconds} ms`)
  return { intervalLog, weightLog }
}

export function renderEstimator(value: Encodable<typeof tcEstimator> | undefined): string | undefined {
  if (value === undefined) return undefined
  const intervalMilliseconds = 1000 * 2 ** (value.intervalLog ?? 0)
  return `estimator ${intervalMilliseconds}ms ${intervalMilliseconds * 2 ** (value.weightLog ?? 0)}ms`
}
