/** The socket against a kernel: namespaces, lost answers, many requests, generic netlink. Runs as root. */
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs'
import test from 'ava'
import { gact } from './action-gact.ts'
import { addChain } from './chain.ts'
import { addClass } from './class.ts'
import { htbClass } from './class-htb.ts'
import { dumpFamilies, familyController, getFamily } from './generic-controller.ts'
import { addLink, deleteLink, dumpLinks, getLink, setLink } from './link.ts'
import { attachNamespace, createNamespace, deleteNamespace, listNamespaces } from './namespace.ts'
import { dumpNamespaceIds, getNamespaceId, setNamespaceId } from './namespace-id.ts'
import { dumpNetConfigurations, getNetConfiguration } from './net-configuration.ts'
import { addQdisc, deleteQdisc } from './qdisc.ts'
import { clsact } from './qdisc-clsact.ts'
import { htbQdisc } from './qdisc-htb.ts'
import { addRoute, deleteRoute, dumpRoutes } from './route.ts'
import { addAction, deleteAction } from './shared-action.ts'
import { NetlinkSocket, type Result } from './socket.ts'
import { tcHandle } from './tc-handle.ts'
import { deleteTcpMetrics, dumpTcpMetrics } from './tcp-metrics.ts'

const name = 'sj-nl-socket'
const run = (line: string) => execFileSync('sh', ['-c', line], { encoding: 'utf8' })
const codes = (results: readonly Result[]) => results.map((result) => (result.ok ? 'ok' : result.error.code))
const route = (index: number) =>
  ({ destination: `10.60.${index >> 8}.${index & 255}`, device: 'v0', table: 999 }) as const

test.before(async () => {
  createNamespace(name)
  const socket = NetlinkSocket.open({ namespace: { name } })
  await socket.request(addLink({ name: 'v0', type: { kind: 'dummy' }, up: true }))
  socket.close()
})
test.after.always(() => deleteNamespace(name))

test.serial(
  'namespaces are those of ip netns, and a socket enters one by name, process or descriptor',
  async (t) => {
    const own = readlinkSync('/proc/thread-self/ns/net')
    createNamespace('sj-nl-made')
    t.throws(() => createNamespace('sj-nl-made'), { code: 'EEXIST' })
    t.throws(() => createNamespace('../sj'), { instanceOf: RangeError })
    t.true(run('ip netns list').includes('sj-nl-made'))
    run('ip netns add sj-nl-theirs && ip -n sj-nl-made link add only-here type dummy')
    t.true(listNamespaces().includes('sj-nl-theirs'))
    const fd = openSync('/run/netns/sj-nl-made', 'r')
    for (const namespace of ['/run/netns/sj-nl-made', { name: 'sj-nl-made' }, { fd }]) {
      const socket = NetlinkSocket.open({ namespace })
      t.is((await socket.request(getLink('only-here'))).name, 'only-here')
      const links = await Array.fromAsync(socket.dump(dumpLinks()))
      t.true(links.some((link) => link.name === 'only-here'))
      socket.close()
    }
    const socket = NetlinkSocket.open({ namespace: { pid: process.pid } })
    await t.throwsAsync(socket.request(getLink('only-here')), { message: /ENODEV/ })
    socket.close()
    attachNamespace('sj-nl-again', { fd })
    closeSync(fd)
    t.true(run('ip -n sj-nl-again link show').includes('only-here'))
    for (const made of ['sj-nl-made', 'sj-nl-theirs', 'sj-nl-again']) deleteNamespace(made)
    t.throws(() => deleteNamespace('sj-nl-made'))
    t.false(run('ip netns list').includes('sj-nl-made'))
    t.is(readlinkSync('/proc/thread-self/ns/net'), own)
  },
)

test.serial('stop carries out nothing behind the first refusal; what it costs', async (t) => {
  const socket = NetlinkSocket.open({ namespace: { name } })
  const requests = [1, 2, 2, 3].map((index) => addRoute(route(index)))
  const results = await socket.transaction(requests, { onError: 'stop' })
  t.deepEqual(codes(results), ['ok', 'ok', 'netlink/refused', 'netlink/skipped'])
  t.is(run(`ip -n ${name} route show table 999 | wc -l`).trim(), '2')
  await socket.transaction([1, 2].map((index) => deleteRoute(route(index))))
  const device = (await socket.request(getLink('v0'))).index
  const many = Array.from({ length: 2000 }, (_, index) => ({ ...route(index), device }))
  for (const onError of ['continue', 'stop', 'continue', 'stop'] as const) {
    const begun = performance.now()
    const added = await socket.transaction(many.map(addRoute), { onError })
    t.log(`${onError}: ${((performance.now() - begun) / 2).toFixed(2)} us a route`)
    t.true(added.every(({ ok }) => ok))
    await socket.transaction(many.map(deleteRoute))
  }
  socket.close()
})

test.serial('answers that the kernel drops are errors, and the socket goes on', async (t) => {
  const socket = NetlinkSocket.open({ namespace: { name }, bufferBytes: 4096 })
  await socket.request(getLink('lo'))
  const results = await socket.transaction(Array.from({ length: 300 }, () => getLink('lo')))
  t.deepEqual([...new Set(codes(results))].sort(), ['netlink/overrun', 'ok'])
  t.is((await socket.request(getLink('lo'))).name, 'lo')
  socket.close()
})

test.serial('an overrun of a monitor, then the changes of traffic control', async (t) => {
  const small = NetlinkSocket.open({ namespace: { name }, bufferBytes: 4096 })
  const socket = NetlinkSocket.open({ namespace: { name } })
  const routes = small.monitor(['route'])
  const control = socket.monitor(['qdisc', 'class'])
  const many = Array.from({ length: 300 }, (_, index) => route(index))
  await socket.transaction(many.map(addRoute))
  for await (const { object } of routes) if (object === 'overrun') break
  t.is((await Array.fromAsync(socket.dump(dumpRoutes({ table: 999 })))).length, 300)
  await socket.transaction(many.map(deleteRoute))
  const place = { device: 'v0', parent: 'root', handle: tcHandle(1) } as const
  const rate = { rateBitsPerSecond: 1_000_000, ceilBitsPerSecond: 1_000_000, quantumBytes: 1514, priority: 0 }
  const type = htbClass({ ...rate, burstBytes: 1600, ceilBurstBytes: 1600 })
  await socket.request(addQdisc({ ...place, type: htbQdisc() }))
  await socket.request(addClass({ device: 'v0', parent: tcHandle(1), classId: tcHandle(1, 1), type }))
  await socket.request(deleteQdisc(place))
  const seen: string[] = []
  for await (const event of control) {
    if (event.object !== 'qdisc' && event.object !== 'class') continue
    seen.push(`${event.change} ${event.object} ${event.value.kind}`)
    if (event.object === 'qdisc' && event.change === 'delete' && event.value.kind === 'htb') break
  }
  t.true(seen.includes('new qdisc htb') && seen.includes('new class htb'), seen.join())
  const waits = small.monitor(['link']).next()
  small.close()
  t.deepEqual(await waits, { done: true, value: undefined })
  socket.close()
})

test.serial('100,000 requests at once, and the event loop turns meanwhile', async (t) => {
  const socket = NetlinkSocket.open({ namespace: { name } })
  const requests = Array.from({ length: 100_000 }, () => socket.request(setLink('v0', { group: 0 })))
  let last = performance.now()
  const gaps: number[] = []
  const beat = setInterval(() => {
    gaps.push(performance.now() - last)
    last = performance.now()
  }, 1)
  await Promise.all(requests)
  clearInterval(beat)
  gaps.sort((a, b) => a - b)
  const quantile = (part: number) => gaps[Math.floor((gaps.length - 1) * part)]?.toFixed(1)
  t.log(
    `${gaps.length} turns, median ${quantile(0.5)} ms, 99 % ${quantile(0.99)} ms, longest ${quantile(1)} ms`,
  )
  t.true(gaps.length > 20)
  socket.close()
})

test.serial('1,000 sockets with dumps and monitors leave no descriptor', async (t) => {
  const descriptors = () => readdirSync('/proc/self/fd').length
  const before = descriptors()
  // The epoll thread ends in a turn of its own.
  const settled = async (): Promise<boolean> => {
    for (let turn = 0; turn < 100 && descriptors() > before; turn++)
      await new Promise((resolve) => setTimeout(resolve, 10))
    return descriptors() <= before
  }
  for (let count = 0; count < 1000; count++) {
    const socket = NetlinkSocket.open({ namespace: { name } })
    if (count % 10 === 0) await Array.fromAsync(socket.dump(dumpLinks()))
    if (count % 10 === 1) socket.monitor(['link'])
    if (count % 10 === 2) t.is((await socket.request(getLink('lo'))).index, 1)
    if (count % 10 === 3) t.throws(() => NetlinkSocket.open({ namespace: { name: 'sj-none' } }))
    socket.close()
  }
  t.true(await settled())
  const lasting = descriptors()
  const open = Array.from({ length: 1000 }, () => NetlinkSocket.open())
  t.is(descriptors(), lasting + 1000)
  for (const socket of open) socket.close()
  t.true(await settled())
})

test.serial('generic netlink: families by name', async (t) => {
  const socket = NetlinkSocket.open({ namespace: { name }, protocol: 'generic' })
  t.like(await socket.request(getFamily('nlctrl')), {
    number: 16,
    multicastGroups: [{ name: 'notify', number: 16 }],
  })
  const families = (await Array.fromAsync(socket.dump(dumpFamilies()))).map((family) => family.name)
  t.true(families.includes('nlctrl') && families.includes('tcp_metrics'))
  t.throws(() => socket.monitorFamily(familyController, 'none'), { message: /"nlctrl" has no group "none"/ })
  const monitor = socket.monitorFamily(familyController, 'notify')
  // Its module brings a family of the same name.
  run('modprobe ila')
  t.like(await monitor.next(), { value: { object: 'message', value: { name: 'ila' } } })
  monitor.close()
  t.deepEqual(await Array.fromAsync(socket.dump(dumpTcpMetrics())), [])
  const error = await t.throwsAsync(socket.request(deleteTcpMetrics('192.0.2.1')))
  t.like(error, { errno: 'ESRCH', rendered: 'ip tcp_metrics delete 192.0.2.1' })
  await t.throwsAsync(socket.request(getFamily('none')), { message: 'genl ctrl get name none: ENOENT' })
  const route = NetlinkSocket.open({ namespace: { name } })
  await t.throwsAsync(route.request(deleteLink('none')), { message: /ENODEV/ })
  route.close()
  socket.close()
})

test.serial('numbers of namespaces and settings of interfaces are read, made and watched', async (t) => {
  createNamespace('sj-nl-peer')
  const socket = NetlinkSocket.open({ namespace: { name } })
  const monitor = socket.monitor(['namespaceId', 'netConfiguration', 'chain', 'action'])
  t.is((await socket.request(getNamespaceId({ name: 'sj-nl-peer' }))).id, -1)
  await socket.request(setNamespaceId({ name: 'sj-nl-peer' }, 7))
  t.like(await monitor.next(), { value: { object: 'namespaceId', change: 'new', value: { id: 7 } } })
  t.is((await socket.request(getNamespaceId({ name: 'sj-nl-peer' }))).id, 7)
  await t.throwsAsync(socket.request(setNamespaceId({ name: 'sj-nl-peer' }, 8)), {
    message: /ip netns set sj-nl-peer 8: EEXIST/,
  })
  const ids = await Array.fromAsync(socket.dump(dumpNamespaceIds()))
  t.deepEqual(
    ids.map(({ id }) => id),
    [7],
  )
  t.regex(run(`ip -n ${name} netns list-id`), /nsid 7/)

  run(`ip netns exec ${name} sysctl -qw net.ipv4.conf.v0.forwarding=1 net.ipv4.conf.v0.rp_filter=2`)
  const { index } = await socket.request(getLink('v0'))
  t.like(await monitor.next(), {
    value: { object: 'netConfiguration', value: { device: index, forwarding: 1 } },
  })
  t.like(await monitor.next(), { value: { object: 'netConfiguration', value: { reversePathFilter: 2 } } })
  const settings = { family: 'inet', device: index, forwarding: 1, reversePathFilter: 2 } as const
  t.like(await socket.request(getNetConfiguration('v0')), settings)
  const all = await Array.fromAsync(socket.dump(dumpNetConfigurations({ family: 'inet' })))
  t.like(
    all.find(({ device }) => device === index),
    settings,
  )

  const place = { device: 'v0', parent: 'ingress' } as const
  await socket.request(addQdisc({ device: 'v0', parent: 'clsact', type: clsact() }))
  await socket.request(addChain({ ...place, chain: 5 }))
  t.like(await monitor.next(), { value: { object: 'chain', change: 'new', value: { chain: 5 } } })
  await socket.request(addAction({ index: 3, action: gact('drop') }))
  t.like(await monitor.next(), { value: { object: 'action', change: 'new' } })
  await socket.request(deleteAction({ kind: 'gact', index: 3 }))
  const gone = await monitor.next()
  t.like(gone, { value: { object: 'action', change: 'delete' } })
  socket.close()
  deleteNamespace('sj-nl-peer')
})
