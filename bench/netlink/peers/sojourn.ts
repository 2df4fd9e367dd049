/**
 * Our own peer of the netlink bench: netlink/ as a caller uses it, requests made from plain settings inside the measured time.
 * Same arguments and lines as the other peers: `sojourn.ts WORKLOAD N CLASSES`, a turn per line on stdin.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { interfaceIndex } from '#core/os-socket.ts'
import { addClass, changeClass, dumpClasses, type NewClass, type TrafficClass } from '#netlink/class.ts'
import { htbClass } from '#netlink/class-htb.ts'
import { addFilter } from '#netlink/filter.ts'
import { u32Filter, u32Handle } from '#netlink/filter-u32.ts'
import { addLink } from '#netlink/link.ts'
import type { NetlinkRequest } from '#netlink/message.ts'
import { replaceRoute } from '#netlink/route.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import { addressOf, samplesOfOne } from '../layout.ts'

const [workload = '', count = '', classFile = ''] = process.argv.slice(2)
const n = Number(count)
const classes = readFileSync(classFile, 'utf8')
  .split('\n')
  .map((line) => line.split(' ').map(Number))
const devices = [interfaceIndex('b0'), interfaceIndex('b1')] as const
const socket = NetlinkSocket.open()

function classAt(index: number, turn: number): NewClass {
  const [parent = 0, classId = 0] = classes[index] ?? []
  const rateBitsPerSecond = (10 + (turn % 500)) * 1e6
  const type = htbClass({
    rateBitsPerSecond,
    ceilBitsPerSecond: 2 * rateBitsPerSecond,
    burstBytes: 1600,
    ceilBurstBytes: 1600,
    quantumBytes: 1514,
    priority: 0,
  })
  return { device: devices[0], parent, classId, type }
}

const requests: Record<string, (index: number, turn: number) => NetlinkRequest> = {
  'change-classes': (index, turn) => changeClass(classAt(index, turn)),
  'add-classes': (index, turn) => addClass(classAt(index, turn)),
  'replace-routes': (index, turn) =>
    replaceRoute({ destination: `${addressOf(index)}/32`, device: devices[turn % 2 === 0 ? 0 : 1] }),
  'add-filters': (index) => {
    const match = { value: 0x0a000000 + index, mask: 0xffffffff, offset: 16 }
    const type = u32Filter({ hashTable: u32Handle(2, index & 255), matches: [match], classId: 0x10001 })
    const handle = u32Handle(2, index & 255, 1 + (index >> 8))
    return addFilter({ device: devices[0], parent: 0x10000, priority: 1, protocol: 'ip', handle, type })
  },
  'add-links': (index) => addLink({ name: `n${index}`, type: { kind: 'ifb' } }),
}

async function changeOne(turn: number): Promise<object> {
  const times: number[] = []
  for (let index = 0; index < samplesOfOne; index++) {
    const start = performance.now()
    await socket.request(changeClass(classAt((index * 7919 + turn) % n, turn)))
    times.push((performance.now() - start) * 1000)
  }
  times.sort((a, b) => a - b)
  return { p50: times[samplesOfOne / 2], p99: times[(samplesOfOne * 99) / 100] }
}

/** Objects of JavaScript and bytes of buffers. */
function heldBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

let heapTold = false

/** Every class is kept and its rate and counters are read, so that nothing stays undecoded. */
async function dump(): Promise<object> {
  const start = performance.now()
  const kept: TrafficClass[] = []
  let total = 0
  for await (const item of socket.dump(dumpClasses({ device: devices[0] }))) {
    total += (item.options?.htb?.parameters?.rate.bytesPerSecond ?? 0) + (item.statistics?.queue?.drops ?? 0)
    total += Number(item.statistics?.basic?.bytes ?? 0)
    kept.push(item)
  }
  const microseconds = (performance.now() - start) * 1000
  const told = { microseconds, count: total > 0 ? kept.length : 0 }
  if (heapTold) return told
  heapTold = true
  return { ...told, heapBytes: await heldByDump() }
}

/** By a dump of its own, once: what is collected by force here would leave those a cold cache. */
async function heldByDump(): Promise<number> {
  globalThis.gc?.()
  const before = heldBytes()
  const kept = await Array.fromAsync(socket.dump(dumpClasses({ device: devices[0] })))
  globalThis.gc?.()
  return kept.length > 0 ? heldBytes() - before : 0
}

async function batch(turn: number): Promise<object> {
  const request = requests[workload]
  if (request === undefined) throw new Error(`no workload "${workload}"`)
  const start = performance.now()
  const results = await socket.transaction(Array.from({ length: n }, (_, index) => request(index, turn)))
  const microseconds = (performance.now() - start) * 1000
  for (const result of results) if (!result.ok) throw result.error
  return { microseconds, count: results.length }
}

for await (const line of createInterface({ input: process.stdin })) {
  const turn = Number(line)
  const run = workload === 'change-one' ? changeOne : workload === 'dump-classes' ? dump : batch
  console.log(JSON.stringify(await run(turn)))
}
socket.close()
