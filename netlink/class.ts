/**
 * Traffic classes of a qdisc (`RTM_*TCLASS`; linux/rtnetlink.h). HTB is the only kind here that has classes.
 */
import { addressFamily } from './address-family.ts'
import { attributes, type Decoded, type Encodable } from './attribute.ts'
import { selectedBy } from './attribute-selected.ts'
import { interfaceIndex, text, u32 } from './attribute-type.ts'
import { cakeClassStatistics } from './cake-statistics.ts'
import { htbClassAttributes, htbClassStatistics, renderHtbClass } from './class-htb.ts'
import { commandLine, deviceName, option } from './command-line.ts'
import { command, MessageFormat, NLM_F, query } from './message.ts'
import { fqCodelClassStatistics } from './qdisc-fq-codel.ts'
import { sfqClassStatistics } from './qdisc-sfq.ts'
import { padding, struct } from './struct.ts'
import { estimatorOf, renderEstimator, type TcEstimator, tcEstimator } from './tc-estimator.ts'
import { renderTcHandle, renderTcParent, type TcParent, tcParent } from './tc-handle.ts'
import { olderStatistics, tcStatisticsBy } from './tc-statistics.ts'
import { tcCommand, tcVerbFlags } from './tc-verb.ts'

export const RTM_CLASS = { NEW: 40, DELETE: 41, GET: 42 } as const

const classHeader = struct('tcmsg', {
  family: addressFamily,
  reserved: padding(3),
  device: interfaceIndex,
  classId: u32,
  parent: tcParent,
  /** In answers: handle of the qdisc below the class. */
  leafHandle: u32,
})

/** What only a kind of class counts. */
const ownStatistics = {
  cake: cakeClassStatistics,
  fq_codel: fqCodelClassStatistics,
  htb: htbClassStatistics,
  sfq: sfqClassStatistics,
}

const classAttributes = attributes({
  kind: [1, 'TCA_KIND', text],
  options: [2, 'TCA_OPTIONS', selectedBy('kind', { htb: htbClassAttributes })],
  olderStatistics: [3, 'TCA_STATS', olderStatistics],
  olderOwnStatistics: [4, 'TCA_XSTATS', selectedBy('kind', ownStatistics)],
  estimator: [5, 'TCA_RATE', tcEstimator],
  statistics: [7, 'TCA_STATS2', tcStatisticsBy(ownStatistics)],
})

type ClassValue = Encodable<typeof classHeader> & Encodable<typeof classAttributes>
export const classMessage = new MessageFormat(classHeader, classAttributes, renderClass)
export type TrafficClass = Decoded<typeof classMessage>
/** The kind of a class with its parameters, as `htbClass()` makes it. */
export type ClassType = Pick<ClassValue, 'kind' | 'options'>

export interface ClassKey {
  device: string | number
  /** `tcHandle(major, minor)`; the major is that of the qdisc. */
  classId: number
}

export interface NewClass extends ClassKey {
  /**
   * Handle of the qdisc, or the id of the class above, which must exist: HTB silently puts a class with a
   * missing parent at the top.
   */
  parent: TcParent
  type: ClassType
  estimator?: TcEstimator
}

/**
 * Refused with EEXIST where the class exists. Like `tc class add dev DEVICE parent PARENT classid ID htb
 * ...`.
 */
export function addClass(value: NewClass) {
  return command(classMessage, RTM_CLASS.NEW, tcVerbFlags.add, newClassValue(value))
}

/**
 * Changes the class in place, or makes it. Like `tc class replace dev DEVICE parent PARENT classid ID htb
 * ...`.
 */
export function replaceClass(value: NewClass) {
  return command(classMessage, RTM_CLASS.NEW, tcVerbFlags.replace, newClassValue(value))
}

/**
 * Changes an existing class in place: its queue and its counters stay. ENOENT where it does not exist. Like
 * `tc class change ...`.
 */
export function changeClass(value: NewClass) {
  return command(classMessage, RTM_CLASS.NEW, tcVerbFlags.change, newClassValue(value))
}

/** Refused with EBUSY while a filter points at it. Like `tc class delete dev DEVICE classid ID`. */
export function deleteClass({ device, classId }: ClassKey) {
  return command(classMessage, RTM_CLASS.DELETE, 0, { device, classId })
}

/** One class with its counters. Like `tc -s class show dev DEVICE classid ID`. */
export function getClass({ device, classId }: ClassKey) {
  // Without NLM_F_ECHO the kernel tells the answer to the listeners of the group only (tclass_notify).
  return query(classMessage, RTM_CLASS.GET, NLM_F.ECHO, { device, classId })
}

/**
 * The classes of one interface, or of one qdisc of it, which is much faster where there are many. Like `tc -s
 * class show dev DEVICE`.
 */
export function dumpClasses({ device, qdisc }: { device: string | number; qdisc?: number }) {
  return query(classMessage, RTM_CLASS.GET, NLM_F.DUMP, { device, parent: qdisc })
}

function newClassValue({ device, classId, parent, type, estimator }: NewClass) {
  return {
    device,
    classId,
    parent,
    kind: type.kind,
    estimator: estimator && estimatorOf(estimator),
    options: type.options,
  }
}

function renderClass(type: number, flags: number, value: ClassValue): string {
  const { kind, options } = value
  return commandLine(
    tcCommand('class', type, flags),
    option('dev', deviceName(value.device)),
    renderTcParent(value.parent),
    renderTcHandle('classid', value.classId),
    renderEstimator(value.estimator),
    kind,
    options?.htb && renderHtbClass(options.htb),
  )
}
