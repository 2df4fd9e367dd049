/**
 * Twin namespaces: the qdiscs and classes that we make in one, `tc` makes in the other from the lines that our messages print. What
 * `tc` shows of both must be the same. Then traffic, and what we read of the counters must be what `tc` shows. Runs as root.
 */
import { execFileSync } from 'node:child_process'
import test from 'ava'
import { addClass, changeClass, dumpClasses, getClass } from './class.ts'
import { type HtbClass, htbClass, readHtbClass } from './class-htb.ts'
import type { NetlinkRequest } from './message.ts'
import { addQdisc, changeQdisc, deleteQdisc, dumpQdiscs, getQdisc, type QdiscType } from './qdisc.ts'
import { bfifo } from './qdisc-bfifo.ts'
import { cake } from './qdisc-cake.ts'
import { clsact } from './qdisc-clsact.ts'
import { fq } from './qdisc-fq.ts'
import { fqCodel } from './qdisc-fq-codel.ts'
import { htbQdisc } from './qdisc-htb.ts'
import { ingressQdisc } from './qdisc-ingress.ts'
import { netem } from './qdisc-netem.ts'
import { pfifo } from './qdisc-pfifo.ts'
import { pfifoFast } from './qdisc-pfifo-fast.ts'
import { prio } from './qdisc-prio.ts'
import { sfq } from './qdisc-sfq.ts'
import { readTbf, tbf } from './qdisc-tbf.ts'
import { NetlinkSocket } from './socket.ts'
import { tcHandle } from './tc-handle.ts'

const ours = 'sj-qd-ours'
const theirs = 'sj-qd-theirs'
const handle = tcHandle(1)

/** A qdisc each, at the root of an interface of its own. */
const types: QdiscType[] = [
  pfifo(),
  pfifo({ limitPackets: 7 }),
  bfifo({ limitBytes: 30_000 }),
  pfifoFast(),
  prio(),
  prio({ bands: 4, bandOfPriority: [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 3] }),
  tbf({ rateBitsPerSecond: 10e6, burstBytes: 32_000, limitBytes: 100_000 }),
  tbf({ rateBitsPerSecond: 10e6, burstBytes: 32_000, limitBytes: 100_000 }, { withTables: true }),
  tbf({
    ...{ rateBitsPerSecond: 1e6, burstBytes: 5000, limitBytes: 10_000 },
    peak: { rateBitsPerSecond: 2e6, burstBytes: 1600 },
  }),
  tbf({ rateBitsPerSecond: 40e9, burstBytes: 10_000_000, limitBytes: 20_000_000, overheadBytes: 20 }),
  tbf({ rateBitsPerSecond: 2e6, burstBytes: 10_000, limitBytes: 30_000, linkLayer: 'atm' }),
  sfq(),
  sfq({ limitPackets: 1000, perturbSeconds: 10, quantumBytes: 3000, divisor: 512, headDrop: true }),
  sfq({ red: { limitBytes: 100_000, probability: 0.1, ecn: true } }),
  fq(),
  fq({
    ...{ limitPackets: 5000, flowLimitPackets: 50, bucketsLog: 9, pacing: false, horizonDrop: false },
    ...{ maximumRateBitsPerSecond: 100e6, congestionThresholdMicroseconds: 4000 },
  }),
  netem({ limitPackets: 500 }),
  netem({ delay: { microseconds: 100_000, jitterMicroseconds: 10_000, correlationPercent: 25 } }),
  netem({
    ...{ delay: { microseconds: 10_000 }, loss: { percent: 0.5, correlationPercent: 25 } },
    ...{ duplicate: { percent: 1 }, corrupt: { percent: 0.1 }, ecn: true },
    reorder: { percent: 25, correlationPercent: 50, gap: 5 },
  }),
  netem({ rate: { bitsPerSecond: 40e9, packetOverheadBytes: 20, cellBytes: 53, cellOverheadBytes: 5 } }),
  netem({ loss: { toBadPercent: 1, toGoodPercent: 10, lossInBadPercent: 70, lossInGoodPercent: 0.1 } }),
  netem({ loss: { p13Percent: 1, p31Percent: 2 } }),
  netem({ slot: { minimumMicroseconds: 1000, maximumMicroseconds: 2000, maximumPackets: 5 } }),
  netem({
    delay: { microseconds: 1000, jitterMicroseconds: 500, distribution: new Int16Array([-8192, 0, 0, 8192]) },
  }),
  cake(),
  cake({
    ...{ rateBitsPerSecond: 20e6, differentiation: 'diffserv4', isolation: 'dual-dsthost', nat: true },
    ...{ wash: true, ingress: true, ackFilter: 'ack-filter', splitSegments: false, fwMask: 0xff },
    ...{ roundTripMicroseconds: 50_000, framing: 'atm', overheadBytes: 18, minimumPacketBytes: 64 },
  }),
  cake({ rateBitsPerSecond: 'unlimited', differentiation: 'besteffort', raw: true }),
  fqCodel(),
  fqCodel({
    ...{ limitPackets: 1000, flows: 128, ecn: false, dropBatchPackets: 16, targetMicroseconds: 20_000 },
    ...{ congestionThresholdMicroseconds: 1000, congestionThresholdSelector: { value: 1, mask: 3 } },
  }),
  htbQdisc(),
  htbQdisc({ defaultMinor: 0x10, rateToQuantum: 5, directQueueLength: 50 }),
]

const estimator = { intervalMilliseconds: 1000, averageMilliseconds: 8000 }
const htb = (bits: number, settings: Partial<HtbClass> = {}): HtbClass => ({
  ...{ rateBitsPerSecond: bits, ceilBitsPerSecond: bits, burstBytes: 10_000, ceilBurstBytes: 10_000 },
  ...{ quantumBytes: 3000, priority: 0, ...settings },
})
const at = { device: 'v0', parent: handle } as const
const classes: NetlinkRequest[] = [
  addQdisc({ device: 'v0', parent: 'root', handle, type: htbQdisc({ defaultMinor: 0x11 }) }),
  addQdisc({ device: 'v0', parent: 'clsact', type: clsact(), ingressBlock: 7, egressBlock: 8 }),
  addQdisc({ device: 'v1', parent: 'clsact', type: ingressQdisc() }),
  addQdisc({
    ...{ device: 'v1', parent: 'root', handle, type: pfifo() },
    sizeTable: { linkLayer: 'atm', overheadBytes: 44, minimumPacketBytes: 64 },
  }),
  addClass({ ...at, classId: tcHandle(1, 1), type: htbClass(htb(1e9), { withTables: true }) }),
  ...[
    htb(10e6, { ceilBitsPerSecond: 1e9, priority: 3 }),
    htb(100e9, { ceilBitsPerSecond: 200e9, burstBytes: 1e6, ceilBurstBytes: 1e6 }),
    htb(1e6, { linkLayer: 'atm' }),
    htb(2e6, { overheadBytes: 20, minimumPacketBytes: 64, quantumBytes: 0 }),
  ].map((settings, index) =>
    addClass({
      ...{ device: 'v0', parent: tcHandle(1, 1), classId: tcHandle(1, 0x11 + index) },
      ...{ type: htbClass(settings), estimator },
    }),
  ),
  changeClass({ ...at, classId: tcHandle(1, 0x14), type: htbClass(htb(3e6)) }),
  addQdisc({ device: 'v0', parent: tcHandle(1, 0x11), handle: tcHandle(0x11), type: fqCodel() }),
]

const inNamespace = (namespace: string, ...command: string[]) =>
  execFileSync('ip', ['netns', 'exec', namespace, ...command], { encoding: 'utf8' })
const tc = (namespace: string, ...words: string[]) => inNamespace(namespace, 'tc', ...words)

/** Runs lines of `tc` by one process. */
function batch(program: 'ip' | 'tc', namespace: string, lines: string[]): void {
  const input = lines.map((line) => line.replace(/^tc /, '')).join('\n')
  execFileSync(program, ['-n', namespace, '-batch', '-'], { input: `${input}\n` })
}

const links = [
  'link add v0 index 1000 address 02:00:00:00:00:10 type veth peer name v1 index 1001 address 02:00:00:00:00:11',
  'address add 10.0.0.1/24 dev v0',
  'neighbour add 10.0.0.2 lladdr 02:00:00:00:00:11 dev v0',
  ...types.map((_, index) => `link add d${index} index ${2000 + index} txqueuelen 1000 type dummy`),
]

test.before(() => {
  for (const namespace of [ours, theirs]) {
    execFileSync('ip', ['netns', 'add', namespace])
    // IPv6 sends packets of its own when a link comes up.
    inNamespace(namespace, 'sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1')
    batch('ip', namespace, links)
  }
})
test.after.always(() => {
  for (const namespace of [ours, theirs]) execFileSync('ip', ['netns', 'delete', namespace])
})

const open = (): NetlinkSocket => NetlinkSocket.open({ namespace: `/run/netns/${ours}` })

async function both(requests: NetlinkRequest[]): Promise<string[]> {
  const socket = open()
  const results = await socket.transaction(requests)
  socket.close()
  batch(
    'tc',
    theirs,
    requests.map((request) => request.render()),
  )
  return results.flatMap((result) => (result.ok ? [] : [result.error.message]))
}

/** What `tc` shows: qdiscs as JSON; `-j` is ignored for classes. */
function observed(namespace: string, ...devices: string[]) {
  const qdiscs: { kind: string }[] = JSON.parse(tc(namespace, '-j', '-s', '-d', 'qdisc', 'show'))
  const shown = devices.map((device) => tc(namespace, '-s', '-d', 'class', 'show', 'dev', device))
  return { qdiscs, classes: shown.map((text) => text.split('\n').sort()) }
}

test.serial('every kind of qdisc, made, changed and deleted by us and by tc', async (t) => {
  const before = observed(ours)
  const root = (index: number) => ({ device: `d${index}`, parent: 'root', handle }) as const
  t.deepEqual(await both(types.map((type, index) => addQdisc({ ...root(index), type }))), [])
  const made = observed(ours)
  t.deepEqual(made, observed(theirs))
  const kinds = new Set(made.qdiscs.map(({ kind }) => kind))
  t.true(types.every(({ kind = '' }) => kinds.has(kind)))
  const changes = types.flatMap((type, index) =>
    type.kind === 'netem'
      ? [changeQdisc({ ...root(index), type: netem({ delay: { microseconds: 1000 } }) })]
      : type.kind === 'fq_codel'
        ? [changeQdisc({ ...root(index), type: fqCodel({ targetMicroseconds: 7000 }) })]
        : [],
  )
  t.deepEqual(await both(changes), [])
  t.deepEqual(observed(ours), observed(theirs))
  t.deepEqual(await both(types.map((_, index) => deleteQdisc(root(index)))), [])
  t.deepEqual(observed(ours), before)
})

test.serial('htb classes, places for filters, and what was made reads as it was set', async (t) => {
  t.deepEqual(await both(classes), [])
  t.deepEqual(observed(ours, 'v0'), observed(theirs, 'v0'))
  const socket = open()
  const dumped = await Array.fromAsync(socket.dump(dumpClasses({ device: 'v0', qdisc: handle })))
  const fast = dumped.find(({ classId }) => classId === tcHandle(1, 0x12))
  t.like(readHtbClass(fast?.options?.htb ?? {}), { rateBitsPerSecond: 100e9, ceilBitsPerSecond: 200e9 })
  const cells = dumped.find(({ classId }) => classId === tcHandle(1, 0x13))
  t.like(readHtbClass(cells?.options?.htb ?? {}), { burstBytes: 10_000, linkLayer: 'atm' })
  await t.throwsAsync(socket.request(deleteQdisc({ device: 'v1', parent: 'clsact', kind: 'clsact' })), {
    message: /Invalid qdisc name/,
  })
  await socket.request(deleteQdisc({ device: 'v1', parent: 'clsact', kind: 'ingress' }))
  socket.close()
})

/** What `tc` prints of a qdisc in JSON: its counters stand beside its name. */
type Shown = Record<string, unknown> & { kind: string; tins?: Record<string, number>[] }

test.serial('counters are those that tc shows', async (t) => {
  batch('ip', ours, ['link set v0 up', 'link set v1 up'])
  const socket = open()
  const send = () =>
    inNamespace(ours, 'bash', '-c', 'for n in 1 2 3; do echo hello >/dev/udp/10.0.0.2/9; done')
  send()
  const { statistics } = await socket.request(getClass({ device: 'v0', classId: tcHandle(1, 0x11) }))
  t.true((statistics?.basic?.packets ?? 0) >= 3)
  t.is(statistics?.own?.htb?.lends, statistics?.basic?.packets)
  t.truthy(statistics?.rateEstimate)
  const text = tc(ours, '-s', 'class', 'show', 'dev', 'v0', 'classid', '1:11')
  t.true(text.includes(`lended: ${statistics?.own?.htb?.lends} borrowed: 0`), text)
  t.true(
    text.includes(`tokens: ${statistics?.own?.htb?.tokens} ctokens: ${statistics?.own?.htb?.ceilTokens}`),
  )

  const read = [
    fq(),
    fqCodel(),
    cake({ rateBitsPerSecond: 1e9 }),
    tbf({ rateBitsPerSecond: 1e9, burstBytes: 5000, limitBytes: 9000 }),
  ]
  for (const type of read) {
    await socket.transaction([deleteQdisc({ device: 'v0', parent: 'root' })])
    await socket.request(addQdisc({ device: 'v0', parent: 'root', handle, type }))
    send()
    const qdisc = await socket.request(getQdisc({ device: 'v0', parent: 'root' }))
    const [shown]: Shown[] = JSON.parse(tc(ours, '-j', '-s', 'qdisc', 'show', 'dev', 'v0', 'root'))
    const { basic, queue, own } = qdisc.statistics ?? {}
    t.like(shown, { kind: type.kind, bytes: Number(basic?.bytes), packets: basic?.packets })
    t.like(shown, { drops: queue?.drops, overlimits: queue?.overlimits, qlen: queue?.queueLength })
    if (own?.fq) t.like(shown, { flows: own.fq.flows, throttled: Number(own.fq.throttled) })
    if (own?.fq_codel)
      t.like(shown, { maxpacket: own.fq_codel.longestPacketBytes, new_flow_count: own.fq_codel.newFlows })
    const sent = own?.cake?.tins?.map(({ sentPackets }) => sentPackets)
    t.deepEqual(
      sent,
      shown?.tins?.map((tin) => tin.sent_packets),
    )
    t.is(own === undefined, type.kind === 'tbf')
    if (type.kind === 'tbf') t.like(readTbf(qdisc.options?.tbf ?? {}), { burstBytes: 5000 })
  }
  const all = await Array.fromAsync(socket.dump(dumpQdiscs({ device: 'v0' })))
  t.true(all.some(({ kind, handle: major }) => kind === 'tbf' && major === handle))
  socket.close()
})
