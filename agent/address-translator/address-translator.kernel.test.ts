/**
 * Hosts on both sides of a translator; `ping` and `tcpdump` say what arrives as what. Neither side has a route to the other's own
 * addresses, so that an answer alone says that both ways are translated. Runs as root.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'ava'
import { silentLog } from '#core/log.ts'
import { shell } from '../datapath/witness.ts'
import { addressTranslatorConfig } from './config.ts'
import { sampleRules } from './sample-rules.ts'
import { mappingsOf } from './translation-table.ts'
import { openTranslator } from './translator-kernel.ts'

const [inside, nat, outside] = ['sj-nat-in', 'sj-nat', 'sj-nat-out']
const options = { device: 'outside0', log: silentLog, namespace: { name: nat } }
const rules = addressTranslatorConfig.parse(sampleRules)

test.before(() => {
  shell(`
    for name in ${inside} ${nat} ${outside}; do ip netns add $name; ip -n $name link set lo up; done
    ip -n ${nat} link add inside0 type veth peer name eth0 netns ${inside}
    ip -n ${nat} link add outside0 type veth peer name eth0 netns ${outside}
    for link in inside0 outside0; do ip -n ${nat} link set $link up; done
    for name in ${inside} ${outside}; do ip -n $name link set eth0 up; done
    ip netns exec ${nat} sysctl -qw net.ipv4.ip_forward=1
    ip -n ${nat} address add 192.0.2.1/24 dev inside0
    ip -n ${nat} address add 203.0.113.1/24 dev outside0
    ip -n ${nat} route add 10.99.0.0/24 via 203.0.113.10
    for host in 11 130 131; do ip -n ${inside} address add 192.0.2.$host/24 dev eth0; done
    ip -n ${inside} route add default via 192.0.2.1
    for host in 9 10; do ip -n ${outside} address add 203.0.113.$host/24 dev eth0; done
    ip -n ${outside} route add 198.51.100.0/24 via 203.0.113.1`)
})
test.after.always(() => {
  for (const name of [inside, nat, outside]) shell(`ip netns delete ${name}`)
})

/** Sends one echo request and returns it as it arrives in the other namespace: `SOURCE > DESTINATION`; undefined without an answer. */
async function arrival(
  from: string,
  source: string,
  destination: string,
  at: string,
): Promise<string | undefined> {
  const words = [
    '-nlqt',
    '--immediate-mode',
    '-c',
    '1',
    '-i',
    'eth0',
    '-Q',
    'in',
    'icmp[icmptype] == icmp-echo',
  ]
  const capture = spawn('ip', ['netns', 'exec', at, 'timeout', '5', 'tcpdump', ...words])
  capture.stdout.setEncoding('utf8')
  capture.stderr.setEncoding('utf8')
  let seen = ''
  capture.stdout.on('data', (text: string) => {
    seen += text
  })
  const ended = once(capture, 'close')
  let complaint = ''
  await new Promise<void>((resolve) =>
    capture.stderr.on('data', (text: string) => {
      complaint += text
      if (complaint.includes('listening on')) resolve()
    }),
  )
  const answers = shell(`ip netns exec ${from} ping -n -c 1 -W 2 -I ${source} ${destination} || true`)
  if (!answers.includes(' 1 received')) capture.kill()
  await ended
  return answers.includes(' 1 received') ? /IP (\S+ > [^:]+):/.exec(seen)?.[1] : undefined
}

test.serial('hosts, correspondents and pools are what their rules say, both ways', async (t) => {
  const reader = await openTranslator({ ...options, rules })
  const heard = new Promise<void>((resolve) => reader.watch(resolve))
  t.is(await arrival(inside, '192.0.2.11', '203.0.113.9', outside), '198.51.100.11 > 203.0.113.9')
  await heard
  t.is(await arrival(outside, '203.0.113.9', '198.51.100.11', inside), '203.0.113.9 > 192.0.2.11')
  t.is(await arrival(inside, '192.0.2.11', '10.99.0.10', outside), '198.51.100.11 > 203.0.113.10')
  t.is(await arrival(outside, '203.0.113.10', '198.51.100.11', inside), '10.99.0.10 > 192.0.2.11')
  t.regex(
    (await arrival(inside, '192.0.2.130', '203.0.113.9', outside)) ?? 'no answer',
    /^198\.51\.100\.6[45] > 203\.0\.113\.9$/,
  )
  t.is(await arrival(outside, '203.0.113.9', '198.51.100.64', inside), undefined, 'nobody has asked for that')
  const own = mappingsOf(await reader.read()).map((one) => [one.protocol, one.insideAddress])
  t.deepEqual([...new Set(own.map(String))], ['1,192.0.2.11', '1,192.0.2.130'])
  reader.close()
})

test.serial('a new process goes on with what is as its rules say, and ends the rest', async (t) => {
  const before = await openTranslator({ ...options, rules })
  await arrival(inside, '192.0.2.11', '10.99.0.10', outside)
  await arrival(inside, '192.0.2.130', '203.0.113.9', outside)
  const filters = `tc -n ${nat} filter show dev outside0 ingress; tc -n ${nat} filter show dev outside0 egress`
  const shown = () => shell(filters).replace(/ (index|ref|bind) \d+/g, '')
  const first = shown()
  const known = await before.read()
  t.true(known.length >= 3)
  before.close()

  const same = await openTranslator({ ...options, rules })
  t.is(shown(), first)
  t.deepEqual((await same.read()).map(({ id }) => id).toSorted(), known.map(({ id }) => id).toSorted())
  same.close()

  const correspondents = [{ inside: '10.99.0.11', outside: '203.0.113.10' }]
  const changed = await openTranslator({ ...options, rules: { ...rules, correspondents, hosts: [] } })
  const left = mappingsOf(await changed.read()).map(({ insideAddress }) => insideAddress)
  t.deepEqual([...new Set(left)], ['192.0.2.130'])
  t.false(shown().includes('198.51.100.11'))
  t.regex(
    (await arrival(inside, '192.0.2.131', '10.99.0.11', outside)) ?? 'no answer',
    /^198\.51\.100\.6[45] > 203\.0\.113\.10$/,
  )
  changed.close()
})
