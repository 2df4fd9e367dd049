/**
 * Names of qdiscs, classes and the places they hang at: `TC_H_*` of linux/pkt_sched.h. A handle is (major <<
 * 16 | minor).
 */
import { choice, u32 } from './attribute-type.ts'

/** A place: the handle of a qdisc, the id of a class, or one of the kernel's fixed places. */
export type TcParent = number | keyof typeof places

const places = {
  none: 0,
  /** Where the clsact qdisc hangs. */
  clsact: 0xfffffff1,
  /** The two filter lists of a clsact qdisc. */
  ingress: 0xfffffff2,
  egress: 0xfffffff3,
  root: 0xffffffff,
} as const

export const tcParent = choice(u32, places)

/** `tcHandle(1, 0x10)` is what `tc` writes as `1:10`. */
export function tcHandle(major: number, minor = 0): number {
  return (major * 0x10000 + minor) >>> 0
}

/** As `tc` writes it: hexadecimal, without the minor of a qdisc, as `4340:` or `4340:1`. */
export function formatTcHandle(handle: number): string {
  const minor = handle & 0xffff
  return `${(handle >>> 16).toString(16)}:${minor === 0 ? '' : minor.toString(16)}`
}

/** The place as words of `tc`: `root`, `clsact`, `ingress`, `parent 4340:1`. */
export function renderTcParent(parent: TcParent | undefined): string | undefined {
  if (parent === undefined || parent === 'none' || parent === 0) return undefined
  return typeof parent === 'string' ? parent : `parent ${formatTcHandle(parent)}`
}

export function renderTcHandle(name: string, handle: number | undefined): string | undefined {
  return handle === undefined || handle === 0 ? undefined : `${name} ${formatTcHandle(handle)}`
}
