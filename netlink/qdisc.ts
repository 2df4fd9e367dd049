/** Queueing disciplines (`RTM_*QDISC`; linux/rtnetlink.h, linux/pkt_sched.h). */
import { addressFamily } from './address-family.ts'
import { attributes, type Decoded, type Encodable } from './attribute.ts'
import { selectedBy } from './attribute-selected.ts'
import { interfaceIndex, text, u32 } from './attribute-type.ts'
import { commandLine, deviceName, option } from './command-line.ts'
import { command, MessageFormat, NLM_F, query } from './message.ts'
import { clsactHandle, clsactOptions } from './qdisc-clsact.ts'
import { fqCodelAttributes, renderFqCodel } from './qdisc-fq-codel.ts'
import { htbQdiscAttributes, renderHtbQdisc } from './qdisc-htb.ts'
import { padding, struct } from './struct.ts'
import { renderTcHandle, renderTcParent, type TcParent, tcParent } from './tc-handle.ts'
import { tcStatistics } from './tc-statistics.ts'
import { tcCommand, tcVerbFlags } from './tc-verb.ts'

export const RTM_QDISC = { NEW: 36, DELETE: 37, GET: 38 } as const

const qdiscHeader = struct('tcmsg', {
  family: addressFamily,
  reserved: padding(3),
  device: interfaceIndex,
  /** Its major number is the qdisc's; 0 lets the kernel choose (from 0x8001 on). */
  handle: u32,
  parent: tcParent,
  /** In answers: how many refer to the qdisc. */
  references: u32,
})

const qdiscAttributes = attributes({
  kind: [1, 'TCA_KIND', text],
  options: [
    2,
    'TCA_OPTIONS',
    selectedBy('kind', { htb: htbQdiscAttributes, fq_codel: fqCodelAttributes, clsact: clsactOptions }),
  ],
  statistics: [7, 'TCA_STATS2', tcStatistics],
})

type QdiscValue = Encodable<typeof qdiscHeader> & Encodable<typeof qdiscAttributes>
export const qdiscMessage = new MessageFormat(qdiscHeader, qdiscAttributes, renderQdisc)
export type Qdisc = Decoded<typeof qdiscMessage>
/** The kind of a qdisc with its parameters, as `htbQdisc()`, `fqCodel()` and `clsact()` make it. */
export type QdiscType = Pick<QdiscValue, 'kind' | 'options'>

export interface QdiscKey {
  device: string | number
  /** Where it hangs: `root`, `clsact`, or the id of a class. */
  parent: TcParent
  /** `tcHandle(major)` */
  handle?: number
}

export interface NewQdisc extends QdiscKey {
  type: QdiscType
}

/**
 * Refused with EEXIST where another qdisc than the kernel's default hangs. Like `tc qdisc add dev DEVICE
 * parent PARENT KIND`.
 */
export function addQdisc(qdisc: NewQdisc) {
  return command(qdiscMessage, RTM_QDISC.NEW, tcVerbFlags.add, newQdiscValue(qdisc))
}

/** Like `tc qdisc replace dev DEVICE parent PARENT KIND`. HTB refuses to be changed: delete it first. */
export function replaceQdisc(qdisc: NewQdisc) {
  return command(qdiscMessage, RTM_QDISC.NEW, tcVerbFlags.replace | NLM_F.REPLACE, newQdiscValue(qdisc))
}

/**
 * Takes the qdisc away with all classes and filters in it. Like `tc qdisc delete dev DEVICE parent PARENT`.
 */
export function deleteQdisc(qdisc: QdiscKey) {
  return command(qdiscMessage, RTM_QDISC.DELETE, 0, qdiscKeyValue(qdisc))
}

/** The qdisc at a place, with its counters. Like `tc -s qdisc show dev DEVICE parent PARENT`. */
export function getQdisc(qdisc: QdiscKey) {
  // Without NLM_F_ECHO the kernel tells the answer to the listeners of the group only (qdisc_notify).
  return query(qdiscMessage, RTM_QDISC.GET, NLM_F.ECHO, qdiscKeyValue(qdisc))
}

/**
 * The qdiscs of one interface. The kernel's default ones have handle 0. Like `tc -s qdisc show dev DEVICE`.
 */
export function dumpQdiscs({ device }: { device: string | number }) {
  return query(qdiscMessage, RTM_QDISC.GET, NLM_F.DUMP, { device })
}

function qdiscKeyValue({ device, parent, handle }: QdiscKey) {
  return { device, handle: handle ?? (parent === 'clsact' ? clsactHandle : undefined), parent }
}

function newQdiscValue({ type, ...key }: NewQdisc) {
  return { ...qdiscKeyValue(key), kind: type.kind, options: type.options }
}

function renderQdisc(type: number, flags: number, value: QdiscValue): string {
  const { kind, options, parent } = value
  return commandLine(
    tcCommand('qdisc', type, flags),
    option('dev', deviceName(value.device)),
    renderTcParent(parent),
    parent === 'clsact' ? undefined : renderTcHandle('handle', value.handle),
    kind === parent ? undefined : kind,
    options?.htb && renderHtbQdisc(options.htb),
    options?.fq_codel && renderFqCodel(options.fq_codel),
  )
}
