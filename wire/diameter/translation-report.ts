/**
 * What an address translator reports of one subscriber: Translation-Report in an Accounting-Request with EVENT_RECORD
 * (docs/decisions/0030). Inside is the subscriber's side, where agents see his packets; outside is that of his correspondents.
 */
import { isIpv4Address } from '#core/ipv4.ts'
import { WireError } from '../wire-error.ts'
import type { AvpValue } from './avps.ts'
import { resultCode } from './result-code.ts'

/** One host, by its IPv4 addresses on either side. */
export interface TranslatedAddress {
  inside: string
  outside: string
}

/** What a port of the subscriber is outside. The protocol is a number of IP. */
export interface TranslationMapping {
  protocol: number
  insidePort: number
  outsideAddress: string
  outsidePort: number
}

export interface TranslationReport {
  homeAddress: string
  /** The pool from which he gets new mappings. */
  pool?: string
  /** Of that pool: 0 to 1. 0 without one. */
  poolUsed: number
  /** Of the rules that concern him: his own address, and those of correspondents. */
  addresses: TranslatedAddress[]
  /** All that live, or the first of them. */
  mappings: TranslationMapping[]
}

/** Of each list. A report stays below 16 KiB. */
export const mostReported = 64

export function encodeTranslationReport(report: TranslationReport): AvpValue<'Translation-Report'> {
  return {
    'MIP-Mobile-Node-Address': report.homeAddress,
    ...(report.pool !== undefined && { 'Translation-Pool': report.pool }),
    'Pool-Utilization': report.poolUsed,
    'Translated-Address': report.addresses.map(({ inside, outside }) => ({
      'Inside-Address': inside,
      'Outside-Address': outside,
    })),
    'Translation-Mapping': report.mappings.map((mapping) => ({
      'Mapping-Protocol': mapping.protocol,
      'Inside-Port': mapping.insidePort,
      'Outside-Address': mapping.outsideAddress,
      'Outside-Port': mapping.outsidePort,
    })),
  }
}

/** @throws wire/malformed with 5004 for what cannot be */
export function decodeTranslationReport(report: AvpValue<'Translation-Report'>): TranslationReport {
  const pool = report['Translation-Pool']
  const poolUsed = report['Pool-Utilization']
  const { 'Translated-Address': addresses = [], 'Translation-Mapping': mappings = [] } = report
  if (!Number.isFinite(poolUsed) || poolUsed < 0 || poolUsed > 1)
    throw refused(`its Pool-Utilization is ${poolUsed}`)
  if (addresses.length > mostReported || mappings.length > mostReported)
    throw refused(`it lists more than ${mostReported}`)
  return {
    homeAddress: ipv4(report['MIP-Mobile-Node-Address']),
    ...(pool !== undefined && { pool }),
    poolUsed,
    addresses: addresses.map((one) => ({
      inside: ipv4(one['Inside-Address']),
      outside: ipv4(one['Outside-Address']),
    })),
    mappings: mappings.map((one) => ({
      protocol: below(256, one['Mapping-Protocol'], 'Mapping-Protocol'),
      insidePort: below(65_536, one['Inside-Port'], 'Inside-Port'),
      outsideAddress: ipv4(one['Outside-Address']),
      outsidePort: below(65_536, one['Outside-Port'], 'Outside-Port'),
    })),
  }
}

function ipv4(address: string): string {
  if (!isIpv4Address(address)) throw refused(`${address} is no IPv4 address`)
  return address
}

function below(limit: number, value: number, name: string): number {
  if (value >= limit) throw refused(`its ${name} is ${value}`)
  return value
}

function refused(why: string): WireError {
  return new WireError('wire/malformed', `the Translation-Report cannot be used: ${why}`, {
    offset: 0,
    resultCode: resultCode.invalidAvpValue,
  })
}
