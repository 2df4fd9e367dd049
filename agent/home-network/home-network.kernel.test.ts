/** The home link of this namespace's kernel and a neighbour in another, who asks and listens. Runs as root. */
import { execFileSync } from 'node:child_process'
import { setTimeout as later } from 'node:timers/promises'
import test from 'ava'
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { HomeNetwork } from './home-network.ts'

const shell = (script: string): string => execFileSync('sh', ['-ec', script], { encoding: 'utf8' })
const open = (adopt: string[] = []) =>
  HomeNetwork.open({ interface: 'sj-home', adopt, clock: systemClock, log: silentLog })

test.before(() => {
  shell(`
    ip netns add sj-hn-host
    ip link add sj-home type veth peer name host0 netns sj-hn-host
    ip link add sj-away type dummy
    ip link set sj-home address 02:00:00:00:00:01
    ip address add 192.0.2.1/24 dev sj-home
    ip -n sj-hn-host address add 192.0.2.9/24 dev host0
    ip link set sj-home up
    ip link set sj-away up
    ip -n sj-hn-host link set host0 up
    ip route add 192.0.2.11/32 dev sj-away
    sysctl -qw net.ipv4.ip_forward=1
    ip neighbour add proxy 192.0.2.77 dev sj-home`)
})
test.after.always(() => {
  shell('ip netns delete sj-hn-host; ip link delete sj-away')
})

const cached = () => shell('ip -n sj-hn-host neighbour show 192.0.2.11')
const proxies = () => shell('ip neighbour show proxy dev sj-home')

/** Until the witness sees it, or 5 s have passed. */
async function until(condition: () => boolean): Promise<boolean> {
  for (let attempt = 0; attempt < 50; attempt++) {
    if (condition()) return true
    await later(100)
  }
  return false
}

test('the agent is asked for the address of a node that is away, and the link knows who has it', async (t) => {
  shell('ip -n sj-hn-host neighbour replace 192.0.2.11 lladdr 02:00:00:00:00:aa dev host0 nud stale')
  const network = await open()
  await network.intercept('192.0.2.11')
  // Without a question: the gratuitous ARP changed what the neighbour had in its cache.
  t.true(await until(() => cached().includes('lladdr 02:00:00:00:00:01')), cached())
  shell('ip -n sj-hn-host neighbour flush dev host0')
  shell('ip netns exec sj-hn-host ping -c 1 -W 2 192.0.2.11 || true')
  t.regex(cached(), /lladdr 02:00:00:00:00:01/)
  t.regex(proxies(), /192.0.2.11 .*proxy proto 143/)

  await network.release('192.0.2.11', '02:00:00:00:00:aa')
  t.true(await until(() => cached().includes('lladdr 02:00:00:00:00:aa')), cached())
  t.notRegex(proxies(), /192.0.2.11/)

  await network.intercept('192.0.2.11')
  await network.intercept('192.0.2.12')
  network.close()
  const again = await open(['192.0.2.12'])
  t.notRegex(proxies(), /192.0.2.11/)
  t.regex(proxies(), /192.0.2.12/)
  t.regex(proxies(), /192.0.2.77/)
  again.close()
})
