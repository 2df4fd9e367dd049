/** Who is measured, a row per peer: what it needs, and what it can decode and encode. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { run } from '../netlink/command.ts'
import { processPeer } from '../netlink/peer-process.ts'
import { type Direction, type WorkloadName, workloads } from './workloads.ts'

/** How long a run is, about: in processor time, so that what else the machine does is in no figure. */
export const runMilliseconds = 200

export interface RunningPeer {
  /** Messages per second of processor time, the collection of garbage included. */
  run(): Promise<number>
  close(): Promise<void>
}

export interface PeerRow {
  name: string
  /** Said where it is not there. */
  needs: string
  /** Absent: all. */
  workloads?: readonly WorkloadName[]
  /** @throws Error where something is missing */
  check(): void
  open(name: WorkloadName, direction: Direction): RunningPeer
}

/** The interpreter that Debian's python3-scapy is installed for. */
const python = '/usr/bin/python3'
/** Packages that are measured and no dependency of ours. */
const packages = join(import.meta.dirname, '../../build/bench-peers/')

/** The codec of the npm package `diameter`, which knows no types. */
interface NodeDiameter {
  decodeMessage(bytes: Buffer): unknown
  encodeMessage(message: unknown): Buffer
}

function nodeDiameter(): NodeDiameter {
  return createRequire(packages)('diameter/lib/diameter-codec.js')
}

export const peerRows: readonly PeerRow[] = [
  {
    name: 'sojourn',
    needs: 'nothing',
    check: () => {},
    open: (name, direction) => ownProcess(workloads[name].once[direction]),
  },
  {
    name: 'scapy',
    needs: 'apt-get install python3-scapy',
    workloads: ['registration-request', 'registration-reply'],
    check() {
      if (!existsSync(python)) throw new Error(`no ${python}`)
      run(python, ['-c', 'import scapy.layers.mobileip'])
    },
    open: (name, direction) =>
      scapyProcess([
        join(import.meta.dirname, 'peers/peer-scapy.py'),
        name,
        direction,
        workloads[name].bytes.toString('hex'),
        String(runMilliseconds),
      ]),
  },
  {
    name: 'node-diameter',
    needs: 'npm install --prefix build/bench-peers --ignore-scripts diameter@0.7.0',
    workloads: ['cer', 'ama'],
    check: () => void nodeDiameter(),
    open(name, direction) {
      const { decodeMessage, encodeMessage } = nodeDiameter()
      const { bytes } = workloads[name]
      const message = decodeMessage(bytes)
      return ownProcess(direction === 'decode' ? () => decodeMessage(bytes) : () => encodeMessage(message))
    },
  },
]

/** Looking at the clock costs as much as a short message: so once a batch. */
const batch = 50

function ownProcess(once: () => unknown): RunningPeer {
  return {
    async run() {
      const start = process.cpuUsage()
      let count = 0
      let microseconds = 0
      while (microseconds < runMilliseconds * 1000) {
        for (let left = batch; left > 0; left--) once()
        count += batch
        const { user, system } = process.cpuUsage(start)
        microseconds = user + system
      }
      return (count * 1e6) / microseconds
    },
    close: async () => {},
  }
}

function scapyProcess(args: readonly string[]): RunningPeer {
  const peer = processPeer(python, args)
  let turn = 0
  return {
    async run() {
      const { microseconds } = await peer.run(++turn)
      if (microseconds === undefined) throw new Error('scapy gave no figure')
      return 1e6 / microseconds
    },
    close: () => peer.close(),
  }
}
