/**
 * Generated configurations, each made by us and by `ip` or `tc` in twin namespaces: what those show of both must be equal, and our
 * dump of what they made must be what they show. Runs as root. Two sets of each kind of object, always the same;
 * `SOJOURN_DIFFERENTIAL_RUNS=50` makes 50 of new seeds beside them.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { addresses } from './address.ts'
import { classes } from './class.ts'
import { filters } from './filter.ts'
import { links } from './link.ts'
import { neighbours } from './neighbour.ts'
import { qdiscs } from './qdisc.ts'
import { routes } from './route.ts'
import { rules } from './rule.ts'
import { differences, type Kind } from './twins.ts'

const runs = Number(process.env.SOJOURN_DIFFERENTIAL_RUNS ?? 0)
const newSeed = Date.now() & 0x7fffffff
const seeds = [1, 2, ...Array.from({ length: runs }, (_, index) => newSeed + index)]

const fallbackTunnels = '/proc/sys/net/core/fb_tunnels_only_for_init_net'

test.before(() => {
  for (const module of ['ipv6', 'ipip', 'ip_gre', 'sit', 'ip6_tunnel', 'ip6_gre', 'vxlan'])
    execFileSync('modprobe', [module])
  // Seven tunnels that the drivers make in every namespace would double the time.
  writeFileSync(fallbackTunnels, '1')
})
test.after.always(() => writeFileSync(fallbackTunnels, '0'))

/** A configuration with what fast-check makes it of again. */
interface Drawn<Value> {
  seed: number
  position: number
  value: Value
}

/** A set at once, of two seeds: namespaces cost more than what is in them. */
function check<Value>(kind: Kind<Value>): void {
  test.serial(`${kind.name}: ${kind.count * seeds.length} configurations`, async (t) => {
    t.timeout(runs * 60_000 + 60_000)
    const drawn = seeds.flatMap((seed) =>
      fc
        .sample(kind.arbitrary, { seed, numRuns: kind.count })
        .map((value, position) => ({ seed, position, value })),
    )
    for (let from = 0; from < drawn.length; from += kind.count * 2) {
      const set = drawn.slice(from, from + kind.count * 2)
      const values = set.map(({ value }) => value)
      // A program that gives up does not say at which line.
      const found = await differences(kind, values).catch((error) => values.map(() => String(error)))
      if (found.some((text) => text !== '')) t.fail(await smallest(kind, set, found))
    }
    t.pass()
  })
}

/** How long one is made smaller. */
const milliseconds = 20_000

/** The first that differs when it is made alone too, as small as fast-check makes it. */
async function smallest<Value>(kind: Kind<Value>, set: Drawn<Value>[], found: string[]): Promise<string> {
  let end = 0
  const property = fc.asyncProperty(kind.arbitrary, async (value) => {
    if (Date.now() > end) return
    const text = (await differences(kind, [value])).join('')
    if (text !== '') throw new Error(text)
  })
  for (const [index, { seed, position }] of set.entries()) {
    if (found[index] === '') continue
    end = Date.now() + milliseconds
    const details = await fc.check(property, { seed, path: String(position), numRuns: 1 })
    if (!details.failed) continue
    const { counterexample, counterexamplePath: path, errorInstance } = details
    const reason = errorInstance instanceof Error ? errorInstance.message : ''
    return `seed ${seed}, path "${path}"\n${fc.stringify(counterexample?.[0])}\n${reason}`
  }
  return `seeds ${seeds}: only beside each other\n${found.join('\n')}`
}

check(links)
check(qdiscs)
check(classes)
check(filters)
check(rules)
check(addresses)
check(neighbours)
check(routes)
