/** Who is measured, a row per peer: what it needs and how it is started. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { folder, run } from './command.ts'
import { iproutePeer } from './peer-iproute.ts'
import { type Peer, processPeer } from './peer-process.ts'
import type { Workload } from './workloads.ts'

export interface PeerRow {
  name: string
  /** Said where it is not there. */
  needs: string
  /** Compiles what must be compiled. @throws Error where something is missing */
  build(): void
  open(task: Task): Peer
}

/** What a peer is opened for. */
export interface Task {
  name: string
  workload: Workload
  n: number
  /** File with the ids of the classes. */
  classFile: string
}

const source = (file: string) => join(import.meta.dirname, 'peers', file)
const built = (name: string) => join(folder, name)

const goPath = '/usr/share/gocode'
/** The interpreter that Debian's python3-pyroute2 is installed for. */
const python = '/usr/bin/python3'

export const peerRows: readonly PeerRow[] = [
  cPeer('c', 'one'),
  cPeer('c-ack-all', 'all'),
  {
    name: 'sojourn',
    needs: 'nothing',
    build: () => {},
    open: (task) =>
      processPeer(process.execPath, [
        '--expose-gc',
        ...profileOptions(),
        source('sojourn.ts'),
        ...words(task),
      ]),
  },
  {
    name: 'iproute2',
    needs: 'apt-get install iproute2',
    build: () => void run('tc', ['-Version']),
    open: ({ name, workload, n }) => iproutePeer(name, workload, n),
  },
  {
    name: 'go',
    needs: 'apt-get install golang-go golang-github-vishvananda-netlink-dev',
    build() {
      const environment = [`GOPATH=${goPath}`, 'GO111MODULE=off', `GOCACHE=${built('go-cache')}`]
      run('env', [...environment, 'go', 'build', '-o', built('peer-go'), source('peer.go')])
    },
    open: (task) => processPeer(built('peer-go'), words(task)),
  },
  {
    name: 'pyroute2',
    needs: 'apt-get install python3-pyroute2',
    build() {
      if (!existsSync(python)) throw new Error(`no ${python}`)
      run(python, ['-c', 'import pyroute2'])
    },
    open: (task) => processPeer(python, [source('peer.py'), ...words(task)]),
  },
]

function cPeer(name: string, acknowledge: 'one' | 'all'): PeerRow {
  return {
    name,
    needs: 'apt-get install gcc libc6-dev linux-libc-dev',
    build: () => void run('cc', ['-O2', '-o', built(name), source('peer.c')]),
    open: (task) => processPeer(built(name), [acknowledge, ...words(task)]),
  }
}

function words({ name, n, classFile }: Task): string[] {
  return [name, String(n), classFile]
}

/** `BENCH_PROFILE=DIRECTORY` leaves CPU profiles of our own peer there. */
function profileOptions(): string[] {
  const directory = process.env.BENCH_PROFILE
  return directory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${directory}`]
}
