import type { AvpRow } from './avp-table.ts'
import { accountingAvps } from './dictionary/accounting.ts'
import { baseAvps } from './dictionary/base.ts'
import { mobileIpv4Avps } from './dictionary/mobile-ipv4.ts'
import { qosAvps } from './dictionary/qos.ts'
import { qosClassifierAvps } from './dictionary/qos-classifier.ts'
import { qosParameterAvps } from './dictionary/qos-parameters.ts'
import { sojournAvps } from './dictionary/sojourn.ts'

/** Every AVP that is known by name. `dictionary['Termination-Cause'].values` names the values of an Enumerated. */
export const dictionary = {
  ...baseAvps,
  ...accountingAvps,
  ...mobileIpv4Avps,
  ...qosAvps,
  ...qosClassifierAvps,
  ...qosParameterAvps,
  ...sojournAvps,
} as const

export type Dictionary = typeof dictionary
export type AvpName = keyof Dictionary

const rowsByName = new Map<string, AvpRow>(Object.entries(dictionary))
const namesByCode = new Map(
  [...rowsByName].map(([name, row]) => [codeKey(row.vendorId ?? 0, row.code), name]),
)

function codeKey(vendorId: number, code: number): string {
  return `${vendorId}/${code}`
}

/** The name of an AVP, or undefined when the dictionary lacks it. */
export function avpName(vendorId: number, code: number): string | undefined {
  return namesByCode.get(codeKey(vendorId, code))
}

/** The row of a name that a grammar or a value uses, or undefined when there is none. */
export function avpRow(name: string): AvpRow | undefined {
  return rowsByName.get(name)
}
