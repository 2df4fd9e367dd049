/**
 * Twin namespaces: what we make in one, `ip` makes in the other from the lines that our messages print. `ip -j -d` must then show
 * the same in both, and nothing after both were told to delete it all. Runs as root; makes and deletes its own namespaces.
 */
import { execFileSync } from 'node:child_process'
import test from 'ava'
import { addAddress, deleteAddress, dumpAddresses, replaceAddress } from './address.ts'
import { addLink, deleteLink, dumpLinks, getLink, setLink } from './link.ts'
import { gre } from './link-gre.ts'
import { ipip } from './link-ipip.ts'
import type { NetlinkRequest } from './message.ts'
import { addNeighbour, deleteNeighbour, dumpNeighbours, getNeighbour, replaceNeighbour } from './neighbour.ts'
import { addRoute, deleteRoute, dumpRoutes, getRoute, replaceRoute } from './route.ts'
import { addRule, deleteRule, dumpRules } from './rule.ts'
import { NetlinkSocket } from './socket.ts'

const ours = 'sj-nl-ours'
const theirs = 'sj-nl-theirs'

/** Runs lines of `ip` in a namespace by one shell: starting processes is what takes time here. */
function ip(namespace: string, ...lines: string[]): string {
  const script = lines.map((line) => `ip -n ${namespace} ${line} || exit`).join('\n')
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' })
}

/** The interfaces that both have from the start: v0 with its peer v1, up, with fixed addresses and indices. */
const links = [
  'link add v0 index 1000 address 02:00:00:00:00:10 type veth peer name v1 index 1001 address 02:00:00:00:00:11',
  'link set lo up',
  'link set v0 up',
  'link set v1 up',
]

test.before(() => {
  for (const namespace of [ours, theirs]) {
    execFileSync('ip', ['netns', 'add', namespace])
    // Without duplicate address detection, for an address is tentative for a while by it.
    execFileSync('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0'])
    ip(namespace, ...links)
  }
})
test.after.always(() => {
  for (const namespace of [ours, theirs]) execFileSync('ip', ['netns', 'delete', namespace])
})

const open = (): NetlinkSocket => NetlinkSocket.open({ namespace: `/run/netns/${ours}` })

const views = [
  'link show',
  'address show',
  'route show table all',
  '-6 route show table all',
  'rule show',
  'neighbour show nud permanent',
  'neighbour show proxy',
]

/** What `ip` shows, without the tunnel devices that the drivers make by themselves. */
function observed(namespace: string): Record<string, object[]> {
  const lines = ip(namespace, ...views.map((view) => `-j -d ${view}`)).split('\n')
  return Object.fromEntries(views.map((view, index) => [view, comparable(JSON.parse(lines[index] ?? ''))]))
}

function comparable(objects: { ifname?: string }[]): object[] {
  return objects.filter(({ ifname }) => ifname === undefined || /^(lo|v\d|sj-)/.test(ifname))
}

const tunnel = { local: '203.0.113.1', remote: '10.1.1.2' }
const set: NetlinkRequest[] = [
  setLink('v0', { mtu: 1480 }),
  addLink({ name: 'sj-1', index: 2001, type: ipip({ ...tunnel, ttl: 64 }), up: true }),
  addLink({ name: 'sj-2', index: 2002, mtu: 1400, type: ipip({ remote: '10.1.2.2', tos: 1, device: 'v0' }) }),
  addLink({ name: 'sj-3', index: 2003, type: gre({ ...tunnel, ttl: 64, key: 42 }), up: true }),
  addLink({ name: 'sj-4', index: 2004, type: gre({ local: '203.0.113.1', remote: '10.1.2.2' }), up: true }),
  addLink({
    name: 'sj-5',
    index: 2005,
    type: ipip({ remote: '10.1.3.2', pathMtuDiscovery: false, mode: 'ipip' }),
    up: true,
  }),
  setLink('sj-2', { up: true, alias: 'tunnel' }),
  addAddress({ address: '10.0.0.1/24', broadcast: '10.0.0.255', device: 'v0' }),
  replaceAddress({ address: '192.0.2.11/32', device: 'sj-1' }),
  addAddress({ address: '10.0.9.1', peer: '10.0.9.2', device: 'sj-3' }),
  addAddress({ address: '2001:db8::1/64', device: 'v0' }),
  addRule({ priority: 4340, table: 434 }),
  addRule({ priority: 4341, from: '10.0.0.0/8', to: '192.0.2.0/24', table: 100 }),
  addRule({ priority: 4342, fwMark: 0x10000, fwMask: 0xffff0000, inputDevice: 'v0', table: 434 }),
  addRule({ priority: 4343, family: 'inet6', table: 434 }),
  replaceRoute({ destination: '192.0.2.21', device: 'sj-1', table: 434, protocol: 143 }),
  replaceRoute({ destination: '192.0.2.21', device: 'sj-3', table: 434, protocol: 143 }),
  addRoute({
    destination: 'default',
    gateway: '10.0.0.2',
    device: 'v0',
    protocol: 143,
    preferredSource: '10.0.0.1',
  }),
  addRoute({ destination: '198.51.100.0/24', type: 'unreachable', protocol: 143 }),
  addRoute({ destination: '198.51.101.0/24', type: 'blackhole', table: 100, metric: 7 }),
  addRoute({ destination: '10.77.0.0/16', gateway: '10.99.9.9', device: 'v0', onLink: true, mtu: 1300 }),
  addRoute({
    destination: '2001:db8:1::/48',
    gateway: '2001:db8::2',
    device: 'v0',
    table: 434,
    protocol: 143,
  }),
  replaceNeighbour({ address: '10.0.0.7', linkAddress: '02:00:00:00:00:07', device: 'v0' }),
  replaceNeighbour({ address: '2001:db8::7', linkAddress: '02:00:00:00:00:07', device: 'v0' }),
  addNeighbour({ address: '192.0.2.11', device: 'v0', proxy: true }),
]
const remove: NetlinkRequest[] = [
  deleteNeighbour({ address: '192.0.2.11', device: 'v0', proxy: true }),
  deleteNeighbour({ address: '10.0.0.7', device: 'v0' }),
  deleteNeighbour({ address: '2001:db8::7', device: 'v0' }),
  deleteRoute({ destination: '2001:db8:1::/48', table: 434 }),
  deleteRoute({ destination: '10.77.0.0/16' }),
  deleteRoute({ destination: '198.51.101.0/24', type: 'blackhole', table: 100, metric: 7 }),
  deleteRoute({ destination: '198.51.100.0/24', type: 'unreachable' }),
  deleteRoute({ destination: 'default', protocol: 143 }),
  deleteRoute({ destination: '192.0.2.21', device: 'sj-3', table: 434, protocol: 143 }),
  ...[4340, 4341, 4342].map((priority) => deleteRule({ priority })),
  deleteRule({ priority: 4343, family: 'inet6' }),
  deleteAddress({ address: '2001:db8::1/64', device: 'v0' }),
  deleteAddress({ address: '10.0.0.1/24', device: 'v0' }),
  setLink('v0', { mtu: 1500 }),
  ...['sj-1', 'sj-2', 'sj-3', 'sj-4', 'sj-5'].map((name) => deleteLink(name)),
]

test.serial(
  'what we make and what ip makes of our lines is the same, and is gone after both deleted it',
  async (t) => {
    const before = observed(ours)
    t.deepEqual(before, observed(theirs))
    const socket = open()
    for (const requests of [set, remove]) {
      const results = await socket.transaction(requests)
      t.deepEqual(
        results.flatMap((result) => (result.ok ? [] : [result.error.message])),
        [],
      )
      ip(theirs, ...requests.map((request) => request.render().replace(/^ip /, '')))
      t.deepEqual(observed(ours), observed(theirs))
    }
    socket.close()
    t.deepEqual(observed(ours), before)
  },
)

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  return Array.fromAsync(items)
}

test.serial('what ip made is what we dump', async (t) => {
  ip(
    ours,
    'link add sj-6 type gre local 203.0.113.1 remote 10.1.1.2 ttl 64 ikey 1 okey 2',
    'link add sj-7 type ipip local 203.0.113.1 remote 10.1.1.3 ttl 63',
    'address add 10.3.0.1/24 dev v0',
    'route add 192.0.2.30/32 dev v0 table 434 proto 143 metric 9',
    'rule add priority 4345 from 10.3.0.0/24 fwmark 0x1/0xf lookup 434',
    'neighbour add 10.3.0.7 lladdr 02:00:00:00:00:37 dev v0 nud permanent',
  )
  const socket = open()
  const device = (await socket.request(getLink('v0'))).index
  t.like(
    (await all(socket.dump(dumpLinks({ kind: 'gre' })))).find(({ name }) => name === 'sj-6'),
    {
      address: 'cb:00:71:01',
      info: {
        kind: 'gre',
        data: { gre: { local: '203.0.113.1', remote: '10.1.1.2', ttl: 64, inputKey: 1, outputKey: 2 } },
      },
    },
  )
  const ipipLinks = await all(socket.dump(dumpLinks({ kind: 'ipip' })))
  t.like(
    ipipLinks.find(({ name }) => name === 'sj-7'),
    { info: { data: { ipip: { remote: '10.1.1.3', ttl: 63, pathMtuDiscovery: true } } }, mtu: 1480 },
  )
  t.false(ipipLinks.some(({ name }) => name === 'sj-6'))
  const addresses = await all(socket.dump(dumpAddresses({ device: 'v0', family: 'inet' })))
  t.like(addresses, [{ local: '10.3.0.1', prefixLength: 24, index: device, label: 'v0' }])
  const routes = await all(socket.dump(dumpRoutes({ table: 434, protocol: 143 })))
  t.like(routes, [{ destination: '192.0.2.30', destinationLength: 32, metric: 9, table: 434, device }])
  t.like(await socket.request(getRoute('10.3.0.99', { fibMatch: true })), { destination: '10.3.0.0', device })
  const rules = await all(socket.dump(dumpRules()))
  t.like(
    rules.find(({ priority }) => priority === 4345),
    { source: '10.3.0.0', sourceLength: 24, fwMark: 1, fwMask: 0xf, table: 434, action: 'table' },
  )
  const neighbour = {
    address: '10.3.0.7',
    linkAddress: '02:00:00:00:00:37',
    state: 'permanent',
    index: device,
  } as const
  t.like(await all(socket.dump(dumpNeighbours({ device: 'v0' }))), [neighbour])
  t.like(await socket.request(getNeighbour({ address: '10.3.0.7', device: 'v0' })), neighbour)
  socket.close()
})

test.serial(
  'a refusal carries the errno and the words of the kernel, and does not stop what follows',
  async (t) => {
    const socket = open()
    const [badGateway, missing, noDevice, badName, fine] = await socket.transaction([
      addRoute({ destination: '10.50.0.0/16', gateway: '10.123.0.1' }),
      deleteRoute({ destination: '10.50.0.0/16' }),
      addRoute({ destination: '10.50.0.0/16', device: 'nowhere' }),
      addLink({ name: 'a-name-of-more-than-15', type: { kind: 'dummy' } }),
      getLink('lo'),
    ])
    const errorOf = (result: { ok: boolean; error?: unknown }) => (result.ok ? undefined : result.error)
    t.like(errorOf(badGateway), {
      errno: 'ENETUNREACH',
      kernelText: 'Nexthop has invalid gateway',
      rendered: 'ip route add 10.50.0.0/16 via 10.123.0.1',
    })
    t.like(errorOf(missing), { errno: 'ESRCH' })
    t.like(errorOf(noDevice), { errno: 'ENODEV', rendered: 'ip route add 10.50.0.0/16 dev nowhere' })
    t.like(errorOf(badName), { errno: 'ERANGE', attribute: 'IFLA_IFNAME' })
    t.true(fine.ok && fine.reply.index === 1)
    socket.close()
    await t.throwsAsync(socket.request(getLink('lo')), { code: 'netlink/closed' })
  },
)

test.serial('many requests of one transaction, and a dump longer than one datagram', async (t) => {
  const socket = open()
  const destinations = Array.from({ length: 2000 }, (_, index) => `10.60.${index >> 8}.${index & 255}`)
  const added = await socket.transaction(
    destinations.map((destination) => addRoute({ destination, device: 'v0', table: 999 })),
  )
  t.true(added.every((result) => result.ok))
  const routes = await all(socket.dump(dumpRoutes({ table: 999 })))
  t.deepEqual(new Set(routes.map(({ destination }) => destination)), new Set(destinations))
  const removed = await socket.transaction(
    destinations.map((destination) => deleteRoute({ destination, table: 999 })),
  )
  t.true(removed.every((result) => result.ok))
  socket.close()
})

test.serial('a monitor tells that a carrier went and came', async (t) => {
  const socket = open()
  const events = socket.monitor(['link'])
  const carriers: (number | undefined)[] = []
  ip(ours, 'link set v1 down')
  for await (const event of events) {
    if (event.object !== 'link' || event.value.name !== 'v0') continue
    if (event.value.carrier === carriers.at(-1)) continue
    carriers.push(event.value.carrier)
    if (carriers.length === 1) ip(ours, 'link set v1 up')
    else break
  }
  t.deepEqual(carriers, [0, 1])
  t.deepEqual(await events.next(), { done: true, value: undefined })
  socket.close()
})
