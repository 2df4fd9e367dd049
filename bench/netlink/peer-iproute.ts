/**
 * The peer `ip -batch`, `tc -batch` or `tc -s class show`: a process per run, its start (1 to 2 ms) included, its output thrown
 * away. Single changes go to one living `tc -batch -` instead.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { batchFile, run } from './command.ts'
import type { Peer } from './peer-process.ts'
import { quantile } from './statistics.ts'
import type { Workload } from './workloads.ts'

export function iproutePeer(name: string, workload: Workload, n: number): Peer {
  if (name === 'change-one') return livingBatch(workload, n)
  return {
    async run(turn) {
      const dumps = name === 'dump-classes'
      const args = dumps
        ? ['-s', 'class', 'show', 'dev', 'b0']
        : ['-batch', batchFile(workload.lines(n, turn))]
      const start = performance.now()
      run(workload.program, args, 'ignore')
      return { microseconds: (performance.now() - start) * 1000 }
    },
    close: async () => {},
  }
}

/** A line that tc refuses without asking the kernel: its complaint tells that the line before is done. */
const mark = 'done'

function livingBatch({ program, lines }: Workload, n: number): Peer {
  const child = spawn(program, ['-force', '-batch', '-'], { stdio: ['pipe', 'ignore', 'pipe'] })
  const complaints = createInterface({ input: child.stderr })[Symbol.asyncIterator]()
  return {
    async run(turn) {
      const times: number[] = []
      for (const line of lines(n, turn)) {
        const start = performance.now()
        child.stdin.write(`${line}\n${mark}\n`)
        for (;;) {
          const { value, done } = await complaints.next()
          if (done) throw new Error(`${program} -batch ended`)
          if (value.includes(`"${mark}"`)) break
        }
        times.push((performance.now() - start) * 1000)
      }
      return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) }
    },
    async close() {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}
