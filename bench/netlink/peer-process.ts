/** A peer that is a program: it lives through all rounds of a workload, a turn on its stdin is answered by a line of JSON. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** What one run took: in all, or for a single operation. */
export interface Measured {
  microseconds?: number
  p50?: number
  p99?: number
  /** Operations carried out, or objects dumped. */
  count?: number
  /** What the heap of our own peer holds for a dump. */
  heapBytes?: number
}

export interface Peer {
  run(turn: number): Promise<Measured>
  close(): Promise<void>
}

export function processPeer(program: string, args: readonly string[]): Peer {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  child.stdin.on('error', () => {})
  return {
    async run(turn) {
      child.stdin.write(`${turn}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`${program} ${args.join(' ')} ended`)
      return JSON.parse(value) as Measured
    },
    async close() {
      const ended = once(child, 'exit')
      child.stdin.end()
      if (child.exitCode === null) await ended
    },
  }
}
