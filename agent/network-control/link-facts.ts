import { repetitionSeconds } from '#wire/diameter/network-report.ts'
/** What the counters of a link say, and when that is worth telling. Pure. */

/** A look at a link. */
export interface LinkSample {
  atMilliseconds: number
  /** Set up, with a link at its other end. */
  up: boolean
  /** Sent by the qdisc that shapes, since it was made. */
  bytes: bigint
  /** Discarded by the queues below it. */
  drops: bigint
}

export interface LinkFacts {
  atMilliseconds: number
  up: boolean
  /** Of the rate to which the link is shaped. */
  utilization: number
  dropsPerSecond: number
}

/** What must change before a home server is told again; up and down are always told. */
export interface ReportThresholds {
  utilization: number
  dropsPerSecond: number
}

/** Facts stay for a server that was restarted, too: unchanged they are told this often. */
export const repetitionMilliseconds = repetitionSeconds * 1000

/** The facts of the time between two looks; without a former one, or after a new start of the counters, nothing was sent. */
export function linkFacts(
  before: LinkSample | undefined,
  now: LinkSample,
  rateBitsPerSecond: number,
): LinkFacts {
  const { atMilliseconds, up } = now
  const seconds = before ? (atMilliseconds - before.atMilliseconds) / 1000 : 0
  if (!before || seconds <= 0 || now.bytes < before.bytes || now.drops < before.drops)
    return { atMilliseconds, up, utilization: 0, dropsPerSecond: 0 }
  const bits = Number(now.bytes - before.bytes) * 8
  return {
    atMilliseconds,
    up,
    utilization: bits / seconds / rateBitsPerSecond,
    dropsPerSecond: Number(now.drops - before.drops) / seconds,
  }
}

/** @param told what the server knows; undefined: nothing */
export function isWorthTelling(
  told: LinkFacts | undefined,
  now: LinkFacts,
  thresholds: ReportThresholds,
): boolean {
  if (told === undefined || told.up !== now.up) return true
  const changed = (name: keyof ReportThresholds) => Math.abs(now[name] - told[name]) >= thresholds[name]
  const hasEnded = now.dropsPerSecond === 0 && told.dropsPerSecond > 0
  const isOld = now.atMilliseconds - told.atMilliseconds >= repetitionMilliseconds
  return changed('utilization') || changed('dropsPerSecond') || hasEnded || isOld
}
