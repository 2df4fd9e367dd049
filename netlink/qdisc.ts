/** Queueing disciplines (`RTM_*QDISC`; linux/rtnetlink.h, linux/pkt_sched.h). */
import { addressFamily } from './address-family.ts'
import { attributes, type Decoded, type Encodable } from './attribute.ts'
import { selectedBy } from './attribute-selected.ts'
import { bool8, interfaceIndex, present, text, u32 } from './attribute-type.ts'
import { cakeStatistics } from './cake-statistics.ts'
import { commandLine, deviceName, option } from './command-line.ts'
import { command, MessageFormat, NLM_F, query } from './message.ts'
import { bfifoOptions, renderBfifo } from './qdisc-bfifo.ts'
import { cakeAttributes, renderCake } from './qdisc-cake.ts'
import { clsactHandle, clsactOptions } from './qdisc-clsact.ts'
import { fqAttributes, fqStatistics, renderFq } from './qdisc-fq.ts'
import { fqCodelAttributes, fqCodelStatistics, renderFqCodel } from './qdisc-fq-codel.ts'
import { htbQdiscAttributes, renderHtbQdisc } from './qdisc-htb.ts'
import { ingressAttributes } from './qdisc-ingress.ts'
import { netemOptions, renderNetem } from './qdisc-netem.ts'
import { pfifoOptions, renderPfifo } from './qdisc-pfifo.ts'
import { pfifoFastOptions } from './qdisc-pfifo-fast.ts'
import { prioOptions, renderPrio } from './qdisc-prio.ts'
import { renderSfq, sfqOptions } from './qdisc-sfq.ts'
import { renderSizeTable, type SizeTable, sizeTableAttributes, sizeTableOf } from './qdisc-size-table.ts'
import { renderTbf, tbfAttributes } from './qdisc-tbf.ts'
import { padding, struct } from './struct.ts'
import { estimatorOf, renderEstimator, type TcEstimator, tcEstimator } from './tc-estimator.ts'
import { renderTcHandle, renderTcParent, type TcParent, tcParent } from './tc-handle.ts'
import { tcStatisticsBy } from './tc-statistics.ts'
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

/** A row each: the layout of a kind's options. */
const qdiscOptions = selectedBy('kind', {
  bfifo: bfifoOptions,
  cake: cakeAttributes,
  clsact: clsactOptions,
  fq: fqAttributes,
  fq_codel: fqCodelAttributes,
  htb: htbQdiscAttributes,
  ingress: ingressAttributes,
  netem: netemOptions,
  pfifo: pfifoOptions,
  pfifo_fast: pfifoFastOptions,
  prio: prioOptions,
  sfq: sfqOptions,
  tbf: tbfAttributes,
})

const qdiscAttributes = attributes({
  kind: [1, 'TCA_KIND', text],
  options: [2, 'TCA_OPTIONS', qdiscOptions],
  estimator: [5, 'TCA_RATE', tcEstimator],
  statistics: [
    7,
    'TCA_STATS2',
    tcStatisticsBy({ cake: cakeStatistics, fq: fqStatistics, fq_codel: fqCodelStatistics }),
  ],
  sizeTable: [8, 'TCA_STAB', sizeTableAttributes],
  /** In a dump request: the qdiscs too that `tc` hides, such as those below a qdisc that makes its own. */
  invisible: [10, 'TCA_DUMP_INVISIBLE', present],
  /** Whether the interface does the work. */
  offloaded: [12, 'TCA_HW_OFFLOAD', bool8],
  /** Number of a block of filters that is shared with other qdiscs. */
  ingressBlock: [13, 'TCA_INGRESS_BLOCK', u32],
  egressBlock: [14, 'TCA_EGRESS_BLOCK', u32],
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
  estimator?: TcEstimator
  /** Where packets are longer on the line than the kernel knows. */
  sizeTable?: SizeTable
  /** Of clsact and ingress: the number of a block of filters that is shared with other qdiscs. */
  ingressBlock?: number
  egressBlock?: number
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
 * Changes an existing qdisc of the same kind in place: what waits in it stays. HTB refuses. Like `tc qdisc change dev DEVICE parent
 * PARENT KIND`.
 */
export function changeQdisc(qdisc: NewQdisc) {
  return command(qdiscMessage, RTM_QDISC.NEW, tcVerbFlags.change, newQdiscValue(qdisc))
}

/**
 * Takes the qdisc away with all classes and filters in it; with a `kind`, only if it is of that kind. Like `tc qdisc delete dev DEVICE
 * parent PARENT`.
 */
export function deleteQdisc({ kind, ...qdisc }: QdiscKey & { kind?: string }) {
  return command(qdiscMessage, RTM_QDISC.DELETE, 0, { ...qdiscKeyValue(qdisc), kind })
}

/** The qdisc at a place, with its counters. Like `tc -s qdisc show dev DEVICE parent PARENT`. */
export function getQdisc(qdisc: QdiscKey) {
  // Without NLM_F_ECHO the kernel tells the answer to the listeners of the group only (qdisc_notify).
  return query(qdiscMessage, RTM_QDISC.GET, NLM_F.ECHO, qdiscKeyValue(qdisc))
}

/**
 * The qdiscs of one interface, or of all. The kernel's default ones have handle 0. `invisible`: those too that `tc` hides. Like `tc -s
 * qdisc show dev DEVICE`.
 */
export function dumpQdiscs({ device, invisible }: { device?: string | number; invisible?: true } = {}) {
  return query(qdiscMessage, RTM_QDISC.GET, NLM_F.DUMP, { device, invisible })
}

function qdiscKeyValue({ device, parent, handle }: QdiscKey) {
  return { device, handle: handle ?? (parent === 'clsact' ? clsactHandle : undefined), parent }
}

function newQdiscValue({ type, estimator, sizeTable, ingressBlock, egressBlock, ...key }: NewQdisc) {
  return {
    ...qdiscKeyValue(key),
    kind: type.kind,
    estimator: estimator && estimatorOf(estimator),
    options: type.options,
    sizeTable: sizeTable && sizeTableOf(sizeTable),
    ingressBlock,
    egressBlock,
  }
}

function renderQdisc(type: number, flags: number, value: QdiscValue): string {
  const { kind, options = {}, parent } = value
  // The place of clsact and of ingress is named like the kind.
  const inPlace = parent === 'clsact'
  return commandLine(
    tcCommand('qdisc', type, flags),
    option('dev', deviceName(value.device)),
    option('ingress_block', value.ingressBlock),
    option('egress_block', value.egressBlock),
    inPlace ? (kind ?? parent) : [renderTcParent(parent), renderTcHandle('handle', value.handle)],
    value.sizeTable && renderSizeTable(value.sizeTable),
    renderEstimator(value.estimator),
    inPlace ? undefined : kind,
    options.bfifo && renderBfifo(options.bfifo),
    options.cake && renderCake(options.cake),
    options.fq && renderFq(options.fq),
    options.fq_codel && renderFqCodel(options.fq_codel),
    options.htb && renderHtbQdisc(options.htb),
    options.netem && renderNetem(options.netem),
    options.pfifo && renderPfifo(options.pfifo),
    options.prio && renderPrio(options.prio),
    options.sfq && renderSfq(options.sfq),
    options.tbf && renderTbf(options.tbf),
    value.invisible && 'invisible',
  )
}
