/**
 * What the kernel wants to be told about random early detection instead of bursts and probabilities: logarithms, as tc/tc_red.c
 * computes them.
 */

/**
 * The weight W = 2^-result of the newest sample in the moving average of the queue, such that a burst of so many packets of average
 * size passes: burst + 1 - minimum / average <= (1 - (1 - W)^burst) / W.
 * @throws RangeError when the burst is too small for the minimum, or too large for any weight
 */
export function averageWeightLog(
  minimumBytes: number,
  burstPackets: number,
  averagePacketBytes: number,
): number {
  const log = weightLog(minimumBytes, burstPackets, averagePacketBytes)
  if (log === undefined)
    throw new RangeError(
      `no average lets bursts of ${burstPackets} packets pass a minimum of ${minimumBytes} bytes`,
    )
  return log
}

function weightLog(minimumBytes: number, burst: number, averagePacketBytes: number): number | undefined {
  const excess = burst + 1 - minimumBytes / averagePacketBytes
  if (excess < 1) return undefined
  for (let log = 1; log < 32; log++) {
    const weight = 2 ** -log
    if (excess <= (1 - (1 - weight) ** burst) / weight) return log
  }
  return undefined
}

/** The smallest burst, in packets, for which the weight is this one; none where there is none below 100,000. */
export function burstOfWeight(
  minimumBytes: number,
  log: number,
  averagePacketBytes: number,
): number | undefined {
  for (let burst = Math.ceil(minimumBytes / averagePacketBytes); burst < 100_000; burst++) {
    const weight = weightLog(minimumBytes, burst, averagePacketBytes)
    if (weight === log) return burst
    if (weight === undefined || weight > log) return undefined
  }
  return undefined
}

/** Minus the base-2 logarithm of the probability per byte between the thresholds. @throws RangeError when it is too small */
export function probabilityLog(minimumBytes: number, maximumBytes: number, probability: number): number {
  const range = maximumBytes - minimumBytes
  let perByte = probability / range
  for (let log = 0; range > 0 && log < 32; log++, perByte *= 2) if (perByte > 1) return log
  throw new RangeError(`no probability of ${probability} between ${minimumBytes} and ${maximumBytes} bytes`)
}
