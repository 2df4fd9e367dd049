/** Medians and ratios: as rows for a file, and as tables for the eye. */
import type { Measured } from './peer-process.ts'
import { quantile } from './statistics.ts'
import type { Workload } from './workloads.ts'

export interface Row {
  workload: string
  n: number
  peer: string
  microsecondsPerOperation: number
  /** To the peer `c`; absent where that was not measured. */
  ratioToC?: number
}

/** A row per peer, or two for single operations: median and 99th percentile, each the median of the rounds. */
export function rowsOf(name: string, n: number, measured: ReadonlyMap<string, readonly Measured[]>): Row[] {
  const figures: Record<string, (result: Measured) => number> =
    name === 'change-one'
      ? { [`${name} p50`]: ({ p50 }) => p50 ?? Number.NaN, [`${name} p99`]: ({ p99 }) => p99 ?? Number.NaN }
      : { [name]: ({ microseconds }) => (microseconds ?? Number.NaN) / n }
  return Object.entries(figures).flatMap(([workload, figure]) => {
    const median = (results: readonly Measured[]) => quantile(results.map(figure), 0.5)
    const ofC = measured.get('c')
    return [...measured].map(([peer, results]): Row => {
      const row = { workload, n, peer, microsecondsPerOperation: rounded(median(results)) }
      return ofC === undefined ? row : { ...row, ratioToC: rounded(median(results) / median(ofC)) }
    })
  })
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

export function printTable({ title, without }: Workload, n: number, rows: readonly Row[]): void {
  console.log(`\n${title}, N = ${n.toLocaleString('en')}`)
  for (const { workload, peer, microsecondsPerOperation: own } of rows) {
    const to = (other: string) => {
      const reference = rows.find((row) => row.peer === other && row.workload === workload)
      return (reference ? `x${(own / reference.microsecondsPerOperation).toFixed(2)}` : '').padStart(9)
    }
    const figure = workload.split(' ')[1] ?? ''
    console.log(
      `  ${peer.padEnd(10)}${figure.padEnd(4)}${own.toFixed(2).padStart(9)} us${to('c')} c${to('c-ack-all')} c-ack-all`,
    )
  }
  for (const [peer, why] of Object.entries(without ?? {})) console.log(`  ${peer.padEnd(10)} - (${why})`)
}

/** The first run of a process that was just started, where ours still has its code to compile. */
export function printFirst(n: number, first: ReadonlyMap<string, Measured>): void {
  const microseconds = first.get('sojourn')?.microseconds
  if (microseconds === undefined) return
  console.log(`  sojourn's first run after its start: ${(microseconds / n).toFixed(2)} us`)
}

/** What a dump holds in memory, for the peers that told it in their first run. */
export function printHeap(n: number, first: ReadonlyMap<string, Measured>): void {
  for (const [peer, { heapBytes }] of first)
    if (heapBytes !== undefined)
      console.log(
        `  ${peer} keeps ${(heapBytes / 2 ** 20).toFixed(1)} MiB for them, ${Math.round(heapBytes / n)} bytes each`,
      )
}
