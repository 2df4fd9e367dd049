/**
 * `node bench/main.ts netlink [--json FILE] [--n 1000,10000] [--rounds 3] [--only NAME,...]`: measures netlink/ beside its peers
 * in a network namespace of its own. Needs root; installs nothing.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { benchNetlink } from './netlink/bench.ts'

const usage =
  'usage: node bench/main.ts netlink [--json FILE] [--n 1000,10000] [--rounds 3] [--only WORKLOAD|PEER,...]'

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
const valid = sizes.every((n) => Number.isInteger(n) && n > 0) && Number.isInteger(rounds) && rounds > 0

if (positionals.join(' ') !== 'netlink' || !valid) {
  console.error(usage)
  process.exitCode = 2
} else if (process.env[inside] === undefined) {
  const args = ['--net', process.execPath, import.meta.filename, ...process.argv.slice(2)]
  const { status, error } = spawnSync('unshare', args, {
    stdio: 'inherit',
    env: { ...process.env, [inside]: 'yes' },
  })
  if (error) console.error(`unshare: ${error.message}`)
  process.exitCode = status ?? 1
} else {
  const only = values.only.split(',').filter((name) => name !== '')
  await benchNetlink({ sizes, rounds, only, json: values.json })
}
