import test from 'ava'
import { gact } from './action-gact.ts'
import { skbedit } from './action-skbedit.ts'
import { addClass, changeClass, classMessage, deleteClass, dumpClasses, replaceClass } from './class.ts'
import { type HtbClass, htbClass, readHtbClass } from './class-htb.ts'
import * as filters from './filter.ts'
import { flower } from './filter-flower.ts'
import { fw } from './filter-fw.ts'
import { damagedForms, encodeRequest, readVectors, withNames } from './golden/vectors.ts'
import { type AnyMessageFormat, messageHeaderBytes, type NetlinkRequest } from './message.ts'
import { MessageWriter } from './message-writer.ts'
import { NetlinkError } from './netlink-error.ts'
import { addQdisc, deleteQdisc, dumpQdiscs, qdiscMessage, replaceQdisc } from './qdisc.ts'
import { clsact } from './qdisc-clsact.ts'
import { fqCodel } from './qdisc-fq-codel.ts'
import { htbQdisc } from './qdisc-htb.ts'
import { tcHandle } from './tc-handle.ts'

const device = 'v0'
const root = tcHandle(0x4340)
const child = tcHandle(0x4401)
const subscriber = tcHandle(0x4401, 1)
const group = tcHandle(0x4340, 1)

const rate = (bits: number, burst: number, quantumBytes: number, priority = 0): HtbClass => ({
  rateBitsPerSecond: bits,
  ceilBitsPerSecond: bits,
  burstBytes: burst,
  ceilBurstBytes: burst,
  quantumBytes,
  priority,
})
const gold = { ...rate(20e6, 26_600, 200_000, 1), ceilBitsPerSecond: 50e6, ceilBurstBytes: 64_100 }
const fast = { ...rate(40e9, 50_001_600, 200_000), ceilBitsPerSecond: 100e9, ceilBurstBytes: 125_001_600 }

const marks = { device, protocol: 'all', priority: 4340 } as const
const ingress = { device, parent: 'ingress', protocol: 'ip', priority: 4340 } as const
const markFilter = { ...ingress, handle: 0xc000020b }
const markType = (mark: number) => flower({ destination: '192.0.2.11', actions: [skbedit({ mark })] })

/** Each golden command as this library says it, in the order of the files. */
const requests: NetlinkRequest[] = [
  addQdisc({ device, parent: 'root', handle: root, type: htbQdisc() }),
  addQdisc({
    device,
    parent: 'root',
    handle: root,
    type: htbQdisc({ defaultMinor: 0x10, rateToQuantum: 5 }),
  }),
  replaceQdisc({ device, parent: group, handle: child, type: htbQdisc() }),
  addQdisc({ device, parent: subscriber, type: fqCodel() }),
  replaceQdisc({
    device,
    parent: subscriber,
    type: fqCodel({
      limitPackets: 1000,
      flows: 128,
      quantumBytes: 300,
      targetMicroseconds: 20_000,
      intervalMicroseconds: 200_000,
      memoryLimitBytes: 1_000_000,
      ecn: false,
    }),
  }),
  addQdisc({ device, parent: 'clsact', type: clsact() }),
  deleteQdisc({ device, parent: 'clsact' }),
  deleteQdisc({ device, parent: 'root', handle: root }),
  deleteQdisc({ device, parent: subscriber }),
  dumpQdiscs({ device }),

  addClass({ device, parent: root, classId: group, type: htbClass(rate(1e9, 1_251_600, 200_000)) }),
  addClass({ device, parent: child, classId: subscriber, type: htbClass(rate(4e6, 6600, 50_000, 3)) }),
  changeClass({ device, parent: child, classId: subscriber, type: htbClass(gold) }),
  replaceClass({ device, parent: child, classId: subscriber, type: htbClass(fast) }),
  deleteClass({ device, classId: subscriber }),
  dumpClasses({ device }),
  dumpClasses({ device, qdisc: child }),

  filters.addFilter({
    ...marks,
    parent: root,
    handle: 0x44010000,
    type: fw({ classId: group, mask: 0xffff0000 }),
  }),
  filters.addFilter({ ...marks, parent: child, handle: 1, type: fw({ classId: subscriber, mask: 0xffff }) }),
  filters.replaceFilter({
    ...{ device, parent: tcHandle(1), protocol: 'all', priority: 1 },
    handle: 0x21,
    type: fw({ classId: tcHandle(1, 0x21) }),
  }),
  filters.addFilter({ ...markFilter, type: markType(0x44010001) }),
  filters.replaceFilter({ ...markFilter, type: markType(0x44020001) }),
  filters.addFilter({
    ...ingress,
    priority: 10,
    type: flower({
      ipProtocol: 'tcp',
      source: '10.0.0.0/8',
      destination: '192.0.2.11',
      actions: [gact('drop')],
    }),
  }),
  filters.addFilter({
    ...{ ...ingress, parent: 'egress', priority: 11 },
    type: flower({
      destination: '192.0.2.0/24',
      actions: [skbedit({ mark: 7, verdict: 'continue' }), gact('pass')],
    }),
  }),
  filters.deleteFilter({ ...markFilter, kind: 'flower' }),
  filters.deleteFilter({ ...marks, parent: child, handle: 1, kind: 'fw' }),
  filters.deleteFilterList(ingress),
  filters.getFilter({ ...markFilter, kind: 'flower' }),
  filters.dumpFilters({ device, parent: 'ingress' }),
  filters.dumpFilters({ device, parent: child }),
]

const golden: [string, AnyMessageFormat & { read(bytes: Buffer, start: number): object }][] = [
  ['qdisc', qdiscMessage],
  ['class', classMessage],
  ['filter', filters.filterMessage],
]
const rows = golden.flatMap(([object, format]) =>
  readVectors(object).map((vector) => ({ ...vector, format })),
)

/**
 * `tc` sends rate tables that no kernel with a link layer needs, whole microseconds of burst, the kind of a
 * qdisc to delete, and the flags of a flower filter to look for. Only the header must be equal there (the
 * classes: see below); else all bytes.
 */
const differs = /^tc (class (add|change|replace)|qdisc delete .*clsact|filter (get|delete) .*flower)/

for (const [index, { command, hex, format }] of rows.entries()) {
  const bytes = Buffer.from(hex, 'hex')
  const flags = bytes.readUInt16LE(6)
  const request = requests[index]

  test(`${command}: decoded and encoded again`, (t) => {
    const writer = new MessageWriter(() => 0)
    format.write(writer, format.read(bytes, messageHeaderBytes))
    t.is(writer.bytes.toString('hex', 0, writer.length), hex.slice(messageHeaderBytes * 2))
    if (!differs.test(command))
      t.is(
        withNames(format.render(bytes.readUInt16LE(4), flags, format.read(bytes, messageHeaderBytes))),
        command,
      )
  })

  test(`${command}: made by us`, (t) => {
    if (request === undefined) return t.fail('no request of ours')
    t.is(request.render(), command)
    const ours = encodeRequest(request, flags)
    t.is(ours.readUInt32LE(4), bytes.readUInt32LE(4))
    const compared = differs.test(command) ? [messageHeaderBytes, messageHeaderBytes + 20] : [4]
    t.is(ours.subarray(...compared).toString('hex'), bytes.subarray(...compared).toString('hex'))
  })

  test(`${command}: every truncation and bit flip is a value or a typed error`, (t) => {
    // A rate table is 2 KiB of the same; the beginning of the message has all that is decoded.
    for (const message of damagedForms(bytes.subarray(0, 200)))
      try {
        format.render(bytes.readUInt16LE(4), flags, format.read(message, messageHeaderBytes))
      } catch (error) {
        if (!(error instanceof NetlinkError)) throw error
      }
    t.pass()
  })
}

const classes: [command: RegExp, settings: HtbClass][] = [
  [/add .* 4340:1/, rate(1e9, 1_251_600, 200_000)],
  [/add .* 4401:1/, rate(4e6, 6600, 50_000, 3)],
  [/change/, gold],
  [/replace/, fast],
]

for (const [pattern, settings] of classes)
  test(`htb class, ${pattern.source}: what tc sent and what we send say the same`, (t) => {
    const row = rows.find(({ command, format }) => format === classMessage && pattern.test(command))
    const bytes = Buffer.from(row?.hex ?? '', 'hex')
    const ours = {
      ...classMessage.header.read(bytes, messageHeaderBytes, bytes.length),
      ...htbClass(settings),
    }
    const writer = new MessageWriter(() => 0)
    classMessage.write(writer, ours)
    for (const value of [
      classMessage.read(bytes, messageHeaderBytes),
      classMessage.read(writer.bytes, 0, writer.length),
    ]) {
      const read = readHtbClass(value.options?.htb ?? {})
      t.like(read, { ...settings, burstBytes: read?.burstBytes, ceilBurstBytes: read?.ceilBurstBytes })
      t.true(withinMicrosecond(read?.burstBytes ?? 0, settings.burstBytes, settings.rateBitsPerSecond))
      t.true(
        withinMicrosecond(read?.ceilBurstBytes ?? 0, settings.ceilBurstBytes, settings.ceilBitsPerSecond),
      )
    }
  })

function withinMicrosecond(read: number, set: number, bitsPerSecond: number): boolean {
  return Math.abs(read - set) <= bitsPerSecond / 8e6 + 1
}
