/**
 * `node bench/main.ts netlink [--json FILE] [--n 1000,10000] [--rounds 3] [--only NAME,...]`: measures netlink/ beside its peers
 * in a network namespace of its own. Needs root; installs nothing.
 * `node bench/main.ts wire [--json FILE] [--rounds 3] [--only NAME,...]`: how fast wire/ decodes and encodes, beside its peers.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { benchNetlink } from './netlink/bench.ts'
import { benchWire } from './wire/bench.ts'

const usage =
  'usage: node bench/main.ts netlink|wire [--json FILE] [--n 1000,10000] [--rounds 3] [--only WORKLOAD|PEER,...]'

/** Says that this process is the one inside. */
const inside = 'SOJOURN_BENCH_INSIDE'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    n: { type: 'string', default: '1000,10000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
  },
})
const sizes = values.n.split(',').map(Number)
const rounds = Number(values.rounds)
const only = values.only.split(',').filter((name) => name !== '')
const valid = sizes.every((n) => Number.isInteger(n) && n > 0) && Number.isInteger(rounds) && rounds > 0

/** A row per part that is measured. */
const benches: Readonly<Record<string, () => Promise<void>>> = {
  netlink: () => inNetworkNamespace(() => benchNetlink({ sizes, rounds, only, json: values.json })),
  wire: () => benchWire({ rounds, only, json: values.json }),
}

async function inNetworkNamespace(bench: () => Promise<void>): Promise<void> {
  if (process.env[inside] !== undefined) return bench()
  const args = ['--net', process.execPath, import.meta.filename, ...process.argv.slice(2)]
  const { status, error } = spawnSync('unshare', args, {
    stdio: 'inherit',
    env: { ...process.env, [inside]: 'yes' },
  })
  if (error) console.error(`unshare: ${error.message}`)
  process.exitCode = status ?? 1
}

const bench = benches[positionals.join(' ')]
if (bench === undefined || !valid) {
  console.error(usage)
  process.exitCode = 2
} else await bench()
