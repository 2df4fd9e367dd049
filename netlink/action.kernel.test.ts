/**
 * Actions in twin namespaces: what we make in one, `tc` makes in the other from the lines that our messages print. `tc -s` must then
 * show the same in both. Then packets through what we made. Runs as root; makes and deletes its own namespaces.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import test from 'ava'
import { type ActionKind, type NewAction, sharedAction } from './action.ts'
import { csum } from './action-csum.ts'
import { gact } from './action-gact.ts'
import { mirred } from './action-mirred.ts'
import { nat } from './action-nat.ts'
import { pedit } from './action-pedit.ts'
import { police } from './action-police.ts'
import { skbedit } from './action-skbedit.ts'
import { tunnelKey, tunnelKeyUnset } from './action-tunnel-key.ts'
import { addFilter, replaceFilter } from './filter.ts'
import { flower } from './filter-flower.ts'
import type { NetlinkRequest } from './message.ts'
import { munge, mungeOffset } from './pedit-field.ts'
import {
  addAction,
  deleteAction,
  dumpActions,
  flushActions,
  getAction,
  replaceAction,
} from './shared-action.ts'
import { NetlinkSocket } from './socket.ts'
import { tcHandle } from './tc-handle.ts'

const ours = 'sj-ac-ours'
const theirs = 'sj-ac-theirs'

function shell(...lines: string[]): string {
  return execFileSync('sh', ['-ec', lines.join('\n')], { encoding: 'utf8' })
}

test.before(() => {
  // The two are also the ends of a wire, v0 to v0, for the packets.
  shell(
    `ip netns add ${ours}`,
    `ip netns add ${theirs}`,
    `ip -n ${ours} link add v0 address 02:00:00:00:00:10 type veth peer name v0 address 02:00:00:00:00:11 netns ${theirs}`,
    `ip -n ${ours} address add 10.0.0.1/24 dev v0`,
    `ip -n ${theirs} address add 10.0.0.2/24 dev v0`,
    ...[ours, theirs].flatMap((namespace) => [
      `ip -n ${namespace} link add d0 type dummy`,
      `ip -n ${namespace} link set d0 up`,
      `ip -n ${namespace} link set v0 up`,
      `tc -n ${namespace} qdisc add dev v0 clsact`,
    ]),
  )
})
test.after.always(() => {
  for (const namespace of [ours, theirs]) execFileSync('ip', ['netns', 'delete', namespace])
})

const device = 'v0'
const rate = { rateBitsPerSecond: 8e6, burstBytes: 10_000 }
const actions: NewAction[] = [
  skbedit({ mark: 5, mask: 0xff }),
  skbedit({
    ...{ mark: 7, priority: tcHandle(1, 0x20), queueMapping: 0 },
    packetType: 'host',
    verdict: 'drop',
  }),
  skbedit({ inheritDsField: true }),
  gact('drop'),
  gact('pass', { random: { type: 'determ', every: 5, verdict: 'drop' } }),
  gact('trap'),
  gact('continue', { random: { type: 'netrand', every: 100, verdict: 'reclassify' } }),
  mirred({ direction: 'egress redirect', device }),
  mirred({ direction: 'egress mirror', device: 'd0' }),
  mirred({ direction: 'ingress mirror', device, verdict: 'continue' }),
  mirred({ direction: 'ingress redirect', device }),
  police(rate),
  police({ ...rate, mtuBytes: 1600, peakRateBitsPerSecond: 16e6, exceed: 'drop', conform: 'pipe' }),
  police({ packetsPerSecond: 1000, packetBurst: 100, exceed: 'drop' }),
  police({ rateBitsPerSecond: 40e9, burstBytes: 50_000_000, overheadBytes: 14, exceed: 'pipe' }),
  pedit([munge('ip', 'dsfield', 0xb8, { retain: 0xfc })], { verdict: 'pipe' }),
  pedit([
    munge('ip', 'src', '10.1.2.3'),
    munge('ip', 'ttl', 0xff, { command: 'add' }),
    munge('eth', 'dst', '02:00:00:00:00:07'),
    munge('eth', 'src', '02:00:00:00:00:08'),
    munge('ip6', 'dst', '2001:db8::7'),
    munge('ip6', 'flow_lbl', 0xabcde),
    munge('ip6', 'traffic_class', 0xb8),
    munge('tcp', 'dport', 81),
    munge('udp', 'sport', 82),
    mungeOffset(4, 4, 0x12, { retain: 0xfffff }),
    mungeOffset(6, 2, 0x12),
  ]),
  tunnelKey({ source: '10.1.1.1', destination: '10.1.1.2', id: 42, tos: 0x10, ttl: 64, checksum: false }),
  tunnelKey({ source: '2001:db8::1', destination: '2001:db8::2', id: 7, destinationPort: 4789 }),
  tunnelKeyUnset(),
  nat({ direction: 'ingress', oldPrefix: '10.0.0.1', newAddress: '192.0.2.1' }),
  nat({ direction: 'egress', oldPrefix: '10.0.0.0/24', newAddress: '192.0.2.0', verdict: 'pipe' }),
  csum(['ip4h', 'tcp', 'udp']),
  csum(['ip4h', 'icmp', 'igmp', 'udplite', 'sctp'], { verdict: 'pipe' }),
]
const kinds: ActionKind[] = ['skbedit', 'gact', 'mirred', 'police', 'pedit', 'tunnel_key', 'nat', 'csum']
const views = [...kinds.map((kind) => `actions list action ${kind}`), 'filter show dev v0 ingress']

/** Runs lines of `tc` by one process: starting processes is what takes time here. */
function tc(namespace: string, options: string, lines: string[]): string {
  const input = lines.map((line) => `${line.replace(/^tc /, '')}\n`).join('')
  return execFileSync('tc', ['-n', namespace, ...options.split(' '), '-b', '-'], { encoding: 'utf8', input })
}

/** What `tc` shows, without the seconds that have gone by. */
function observed(namespace: string): string[] {
  return ['-s', '-s -j'].flatMap((options) =>
    tc(namespace, options, views)
      .replace(/(installed|used|firstused) \d+ sec/g, '$1')
      .replace(/"(installed|last_used|first_used)":\d+/g, '$1')
      .split('\n'),
  )
}

const open = (): NetlinkSocket => NetlinkSocket.open({ namespace: `/run/netns/${ours}` })
const indexed = actions.map((action, position) => ({ index: position + 1, action }))
const keys = indexed.map(({ index, action }) => ({ index, kind: String(action.kind) as ActionKind }))
const filter = (priority: number, action: NewAction[]): NetlinkRequest =>
  addFilter({
    ...{ device, parent: 'ingress', protocol: 'ip', priority, handle: 1 },
    type: flower({ destination: `198.51.100.${priority}`, actions: action }),
  })

const sets: Record<string, NetlinkRequest[]> = {
  'shared actions': indexed.map(addAction),
  'shared actions replaced': [
    replaceAction({ index: 1, action: skbedit({ mark: 9, verdict: 'continue' }) }),
    replaceAction({ index: 12, action: police({ ...rate, burstBytes: 20_000, exceed: 'drop' }) }),
    replaceAction({ index: 18, action: tunnelKey({ source: '10.1.1.1', destination: '10.1.1.9', id: 43 }) }),
  ],
  'filters with shared actions': keys
    // `tc` can't name a nat or csum action by its index; see below.
    .filter(({ kind }) => kind !== 'nat' && kind !== 'csum')
    .map(({ kind, index }) => filter(index, [sharedAction(kind, index)])),
  'filters with actions of their own': [
    ...actions.map((action, position) => filter(100 + position, [action])),
    filter(150, [skbedit({ mark: 3 }), pedit([munge('ip', 'ttl', 9)], { verdict: 'pipe' }), csum(['ip4h'])]),
    filter(151, [gact('goto chain 7')]),
    filter(152, [police({ ...rate, exceed: 'goto chain 3' }), gact('pass')]),
    filter(153, [gact('jump 2'), gact('pass'), gact('drop')]),
    addFilter({
      ...{ device, parent: 'ingress', protocol: 'ip', priority: 154, handle: 1 },
      type: flower({ actions: [police({ averageBitsPerSecond: 4e6, exceed: 'drop' })] }),
      estimator: { intervalMilliseconds: 1000, averageMilliseconds: 8000 },
    }),
  ],
}

for (const [name, requests] of Object.entries(sets))
  test.serial(`${name}: what we make and what tc makes of our lines is the same`, async (t) => {
    const socket = open()
    for (const result of await socket.transaction(requests))
      t.true(result.ok, result.ok ? '' : result.error.message)
    socket.close()
    tc(
      theirs,
      '-s',
      requests.map((request) => request.render()),
    )
    t.deepEqual(observed(ours), observed(theirs))
  })

const patienceMilliseconds = 5000

/** The kernel lets go of the actions of a deleted filter a little later: meanwhile it refuses to delete them. */
async function whenLetGo<Result>(deletion: () => Result | Promise<Result>): Promise<Result> {
  const deadline = Date.now() + patienceMilliseconds
  for (;;) {
    try {
      return await deletion()
    } catch (error) {
      if (Date.now() > deadline || !/EPERM|Operation not permitted/.test(String(error))) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** Both without filters and actions. */
async function cleared(): Promise<NetlinkSocket> {
  for (const namespace of [ours, theirs]) {
    tc(namespace, '-s', ['filter delete dev v0 ingress', 'filter delete dev v0 egress'])
    const flushes = kinds.map((kind) => `actions flush action ${kind}`)
    await whenLetGo(() => tc(namespace, '-s', flushes))
  }
  return open()
}

test.serial('shared actions are asked for, kept while a filter has them, and deleted', async (t) => {
  const socket = await cleared()
  const keys = [
    {
      kind: 'nat',
      index: 20,
      action: nat({ direction: 'ingress', oldPrefix: '10.9.0.1', newAddress: '10.9.0.2' }),
    },
    { kind: 'csum', index: 21, action: csum(['ip4h']) },
    { kind: 'police', index: 22, action: police({ ...rate, exceed: 'drop' }) },
  ] as const
  for (const key of keys) await socket.request(addAction(key))
  await t.throwsAsync(socket.request(addAction(keys[0])), { message: /nat ingress.* index 20: EEXIST/ })
  await socket.request(filter(1, [sharedAction('nat', 20), sharedAction('csum', 21)]))
  await socket.request(filter(2, [sharedAction('police', 22)]))
  await socket.request(filter(3, [sharedAction('police', 22)]))
  await t.throwsAsync(socket.request(filter(4, [sharedAction('skbedit', 99)])), { code: 'netlink/refused' })

  const [got] = (await socket.request(getAction(keys[2]))).actions ?? []
  t.like(got?.options?.police?.parameters, { index: 22, exceed: 'drop', references: 3, bindings: 2 })
  t.like(got?.statistics, { basic: { bytes: 0n, packets: 0 }, queue: { drops: 0, overlimits: 0 } })
  t.true((got?.options?.police?.times?.installedCentiseconds ?? 1000n) < 1000n)
  const dumped = await Array.fromAsync(socket.dump(dumpActions({ kind: 'nat' })))
  t.deepEqual(
    dumped.flatMap(({ actions = [] }) => actions.map(({ options }) => options?.nat?.parameters?.bindings)),
    [1],
  )
  await t.throwsAsync(socket.request(deleteAction(keys[2])), {
    message: /delete action police index 22: EPERM/,
  })
  tc(ours, '-s', ['filter delete dev v0 ingress'])
  await whenLetGo(() => socket.request(deleteAction(keys[2])))
  await whenLetGo(() => socket.request(flushActions({ kind: 'nat' })))
  t.is(tc(ours, '-s', ['actions list action police', 'actions list action nat']).trim(), '')
  await t.throwsAsync(socket.request(getAction(keys[2])), { code: 'netlink/refused' })
  socket.close()
})

test.serial('an action without an index has the one that the kernel chose', async (t) => {
  const socket = await cleared()
  const results = await socket.transaction([
    addAction({ index: 1, action: gact('drop') }),
    addAction({ action: gact('pass') }),
    addAction({ action: pedit([munge('ip', 'ttl', 9)]) }),
  ])
  const [given, chosen, edit] = results.map((result) => (result.ok ? result.reply : result.error.message))
  t.is(given, 1)
  t.true(Number(chosen) > 1)
  const [got] = (await socket.request(getAction({ kind: 'gact', index: Number(chosen) }))).actions ?? []
  t.is(got?.options?.gact?.parameters?.verdict, 'pass')
  await socket.request(deleteAction({ kind: 'pedit', index: Number(edit) }))
  socket.close()
})

test.serial('a dump of more actions than one message holds', async (t) => {
  const socket = await cleared()
  const indices = Array.from({ length: 300 }, (_, position) => position + 1)
  await socket.transaction(indices.map((index) => addAction({ index, action: skbedit({ mark: index }) })))
  const lists = await Array.fromAsync(socket.dump(dumpActions({ kind: 'skbedit' })))
  t.true(lists.length > 1)
  t.deepEqual(
    lists.flatMap(({ actions = [] }) => actions.map(({ options }) => options?.skbedit?.mark)),
    indices,
  )
  socket.close()
})

/** Sends 40 packets at once from theirs to ours; the percentage that was not answered. */
function lostOfPings(): number {
  const { stdout } = spawnSync(
    'ip',
    ['netns', 'exec', theirs, 'ping', '-q', '-c', '40', '-l', '40', '-W', '1', '10.0.0.1'],
    { encoding: 'utf8' },
  )
  return Number(/(\d+(?:\.\d+)?)% packet loss/.exec(stdout)?.[1])
}

const allIp = (parent: 'ingress' | 'egress', actions: NewAction[]): NetlinkRequest =>
  addFilter({ device, parent, protocol: 'ip', priority: 1, handle: 1, type: flower({ actions }) })

test.serial('packets: police drops what exceeds, and counts it', async (t) => {
  const socket = await cleared()
  // Ten pings of 98 bytes at once, then ten a second.
  const action = police({ rateBitsPerSecond: 8000, burstBytes: 1000, exceed: 'drop' })
  await socket.request(addAction({ index: 1, action }))
  await socket.request(allIp('ingress', [sharedAction('police', 1)]))
  const lost = lostOfPings()
  t.true(lost >= 50 && lost <= 80, `${lost} % lost`)
  const [got] = (await socket.request(getAction({ kind: 'police', index: 1 }))).actions ?? []
  t.is(got?.statistics?.basic?.packets, 40)
  t.is(got?.statistics?.queue?.drops, Math.round(lost * 0.4))
  socket.close()
})

test.serial('packets: pedit writes the code point, csum mends the header, mirred copies', async (t) => {
  const socket = await cleared()
  const code = pedit([munge('ip', 'dsfield', 0xb8, { retain: 0xfc })], { verdict: 'pipe' })
  const copy = mirred({ direction: 'egress mirror', device: 'd0' })
  await socket.request(allIp('egress', [code, csum(['ip4h'], { verdict: 'pipe' }), copy]))
  // The other end counts the packets with the code point.
  tc(theirs, '-s', ['filter add dev v0 ingress protocol ip prio 1 flower ip_tos 0xb8/0xfc action pass'])
  const copies = () => JSON.parse(shell(`ip -n ${ours} -j -s link show d0`))[0].stats64.tx.packets as number
  const before = copies()
  t.is(lostOfPings(), 0)
  t.is(copies() - before, 40)
  t.regex(tc(theirs, '-s', ['filter show dev v0 ingress']), /Sent \d+ bytes 40 pkt/)
  socket.close()
})

test.serial('packets: goto chain lets the filters of that chain decide', async (t) => {
  const socket = await cleared()
  const ingress = { device, parent: 'ingress', protocol: 'ip', priority: 1, handle: 1 } as const
  await socket.request(addFilter({ ...ingress, type: flower({ actions: [gact('goto chain 7')] }) }))
  const inChain = (ipProtocol: 'icmp' | 'udp') =>
    replaceFilter({ ...ingress, chain: 7, type: flower({ ipProtocol, actions: [gact('drop')] }) })
  await socket.request(inChain('icmp'))
  t.is(lostOfPings(), 100)
  await socket.request(inChain('udp'))
  t.is(lostOfPings(), 0)
  socket.close()
})
