/**
 * Runs the workloads: for each, all peers are started, then take turns round by round in the same namespace, each run verified by
 * `ip` or `tc`. The first runs warm up and are nobody's medians; what the very first took is told apart.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, runBatch } from './command.ts'
import { classPlaces, interfaces } from './layout.ts'
import type { Measured, Peer } from './peer-process.ts'
import { type PeerRow, peerRows } from './peers.ts'
import { printFirst, printHeap, printTable, type Row, rowsOf } from './report.ts'
import { clear, type Workload, workloads } from './workloads.ts'

/** A daemon lives long: the runs until its code is compiled are not what it is like. The same for every peer. */
const warmUps = 3

export interface BenchOptions {
  sizes: readonly number[]
  rounds: number
  /** Names of workloads and peers to keep; all when empty. */
  only: readonly string[]
  /** File for the rows. */
  json?: string | undefined
}

export async function benchNetlink({ sizes, rounds, only, json }: BenchOptions): Promise<void> {
  runBatch(
    'ip',
    interfaces.flatMap((name) => [`link add ${name} type ifb`, `link set ${name} up`]),
  )
  const chosen = (name: string, names: readonly string[]) =>
    only.includes(name) || !only.some((other) => names.includes(other))
  const peers = builtPeers(
    peerRows.filter(({ name }) =>
      chosen(
        name,
        peerRows.map((row) => row.name),
      ),
    ),
  )
  const rows: Row[] = []
  for (const [name, workload] of Object.entries(workloads)) {
    if (!chosen(name, Object.keys(workloads))) continue
    for (const n of workload.sizes ?? sizes) {
      const { measured, first } = await measure(name, workload, n, peers, rounds)
      const added = rowsOf(name, n, measured)
      printTable(workload, n, added)
      printFirst(n, first)
      printHeap(n, first)
      rows.push(...added)
      if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, undefined, 1)}\n`)
    }
  }
}

function builtPeers(all: readonly PeerRow[]): PeerRow[] {
  return all.filter((peer) => {
    try {
      peer.build()
      return true
    } catch (error) {
      const [reason] = error instanceof Error ? error.message.split('\n') : [String(error)]
      console.log(`${peer.name}: not measured, it is not installed (${peer.needs}): ${reason}`)
      return false
    }
  })
}

/** What each peer measured, a value per round, and what its first run took in a process just started. */
async function measure(
  name: string,
  workload: Workload,
  n: number,
  rows: readonly PeerRow[],
  rounds: number,
): Promise<{ measured: Map<string, Measured[]>; first: Map<string, Measured> }> {
  const classFile = join(folder, 'classes')
  writeFileSync(
    classFile,
    classPlaces(n)
      .map(({ parent, classId }) => `${parent} ${classId}`)
      .join('\n'),
  )
  workload.prepare?.(n)
  if (workload.prepare) verify(name, workload, n, 0)
  const peers = rows
    .filter((row) => workload.without?.[row.name] === undefined)
    .map((row): [string, Peer] => [row.name, row.open({ name, workload, n, classFile })])
  const measured = new Map<string, Measured[]>(peers.map(([peerName]) => [peerName, []]))
  const first = new Map<string, Measured>()
  let turn = 0
  try {
    for (let round = -warmUps; round < rounds; round++)
      for (const [peerName, peer] of peers) {
        workload.prepareRun?.(n)
        const result = await peer.run(++turn)
        verify(name, workload, n, turn, peerName)
        workload.afterRun?.(n)
        if (round >= 0) measured.get(peerName)?.push(result)
        else if (round === -warmUps) first.set(peerName, result)
      }
  } finally {
    for (const [, peer] of peers) await peer.close()
    clear(name)
  }
  return { measured, first }
}

/** @throws Error when other objects are there than the workload should have made */
function verify(name: string, workload: Workload, n: number, turn: number, peerName?: string): void {
  const expected = peerName === undefined && name === 'change-one' ? n : (workload.expected?.(n) ?? n)
  const present = workload.present(n, turn)
  if (present !== expected)
    throw new Error(`${name} of ${peerName ?? 'the preparation'}: ${present} of ${expected} are there`)
}
