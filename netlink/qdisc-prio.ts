import type { Encodable } from './attribute.ts'
import { attributes } from './attribute.ts'
import { fixedArray, structThenAttributes } from './attribute-after-struct.ts'
import { s32, u8 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { struct } from './struct.ts'

/** `struct tc_prio_qopt` (linux/pkt_sched.h) */
export const prioParameters = struct('tc_prio_qopt', {
  bands: s32,
  /** The band, counted from 0, of each of the 16 packet priorities (`TC_PRIO_*`). */
  bandOfPriority: fixedArray(u8, 16),
})

/** Priority bands: a band is served when all before it are empty. Band N is class `MAJOR:N+1`. */
export const prioOptions = structThenAttributes(prioParameters, attributes({}))

const usualBands = [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1] as const

export interface Prio {
  /** 2 to 16; 3 when absent. */
  bands?: number
  /** 16 numbers, each below `bands`. */
  bandOfPriority?: readonly number[]
}

/** The type of a qdisc, for `addQdisc`. Like `tc qdisc add ... prio bands N priomap P1 P2...`. */
export function prio({ bands = 3, bandOfPriority = usualBands }: Prio = {}) {
  return { kind: 'prio', options: { prio: { bands, bandOfPriority } } }
}

export function renderPrio({ bands, bandOfPriority }: Encodable<typeof prioOptions>): Words {
  const usual = bandOfPriority === undefined || bandOfPriority.join() === usualBands.join()
  return [
    option('bands', bands === 3 ? undefined : bands),
    usual ? undefined : `priomap ${bandOfPriority.join(' ')}`,
  ]
}
