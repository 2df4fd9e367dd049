/** Measures each message in both directions: the peers take turns round by round, the first rounds warm up. */
import { writeFileSync } from 'node:fs'
import { quantile } from '../netlink/statistics.ts'
import { type PeerRow, peerRows, type RunningPeer } from './peers.ts'
import { type Direction, type WorkloadName, workloads } from './workloads.ts'

const warmUps = 2
const directions: readonly Direction[] = ['decode', 'encode']

export interface WireBenchOptions {
  rounds: number
  /** Names of workloads and peers to keep; all when empty. */
  only: readonly string[]
  /** File for the rows. */
  json?: string | undefined
}

export interface WireRow {
  workload: string
  direction: Direction
  peer: string
  /** Of processor time. */
  messagesPerSecond: number
  /** How many messages of ours go by in the time of one of the peer's. */
  ratioToSojourn: number
}

export async function benchWire({ rounds, only, json }: WireBenchOptions): Promise<void> {
  const chosen = (name: string, names: readonly string[]) =>
    only.includes(name) || !only.some((other) => names.includes(other))
  const names = Object.keys(workloads).filter((name): name is WorkloadName =>
    chosen(name, Object.keys(workloads)),
  )
  const peerNames = peerRows.map(({ name }) => name)
  const peers = present(peerRows.filter(({ name }) => name === 'sojourn' || chosen(name, peerNames)))
  const rows: WireRow[] = []
  for (const name of names)
    for (const direction of directions) {
      const own = peers.filter((peer) => peer.workloads?.includes(name) ?? true)
      const added = rowsOf(name, direction, await measure(name, direction, own, rounds))
      print(added)
      rows.push(...added)
    }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, undefined, 1)}\n`)
}

function present(rows: readonly PeerRow[]): PeerRow[] {
  return rows.filter(({ name, needs, check }) => {
    try {
      check()
      return true
    } catch {
      console.log(`${name}: not measured, it is not installed (${needs})`)
      return false
    }
  })
}

/** Messages per second of each peer, a value per round. */
async function measure(
  name: WorkloadName,
  direction: Direction,
  rows: readonly PeerRow[],
  rounds: number,
): Promise<Map<string, number[]>> {
  const peers = rows.map((row): [string, RunningPeer] => [row.name, row.open(name, direction)])
  const measured = new Map<string, number[]>(rows.map((row) => [row.name, []]))
  try {
    for (let round = -warmUps; round < rounds; round++)
      for (const [peerName, peer] of peers) {
        const rate = await peer.run()
        if (round >= 0) measured.get(peerName)?.push(rate)
      }
  } finally {
    for (const [, peer] of peers) await peer.close()
  }
  return measured
}

function rowsOf(
  name: WorkloadName,
  direction: Direction,
  measured: ReadonlyMap<string, readonly number[]>,
): WireRow[] {
  const medians = [...measured].map(([peer, rates]) => ({ peer, messagesPerSecond: quantile(rates, 0.5) }))
  const own = medians.find(({ peer }) => peer === 'sojourn')?.messagesPerSecond ?? Number.NaN
  return medians.map(({ peer, messagesPerSecond }) => ({
    workload: name,
    direction,
    peer,
    messagesPerSecond: Math.round(messagesPerSecond),
    ratioToSojourn: own / messagesPerSecond,
  }))
}

function print(rows: readonly WireRow[]): void {
  for (const { workload, direction, peer, messagesPerSecond, ratioToSojourn } of rows) {
    const title = peer === 'sojourn' ? `${direction} ${workload}` : ''
    const ratio = peer === 'sojourn' ? '' : `  sojourn is x${ratioToSojourn.toFixed(1)}`
    const rate = messagesPerSecond.toLocaleString('en').padStart(12)
    console.log(`${title.padEnd(34)}${peer.padEnd(14)}${rate} messages/s${ratio}`)
  }
}
