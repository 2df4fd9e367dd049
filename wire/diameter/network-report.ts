/** What an agent reports of one of its links: Network-Report in an Accounting-Request with EVENT_RECORD. */
import { WireError } from '../wire-error.ts'
import type { AvpValue } from './avps.ts'
import { dictionary } from './dictionary.ts'
import { resultCode } from './result-code.ts'

export interface NetworkReport {
  /** The interface; with the Origin-Host of the message it is unique. */
  linkName: string
  up: boolean
  /** What was sent, as a part of what the link is shaped to: 0 to 1, a little more in a burst. */
  utilization: number
  dropsPerSecond: number
  /** When this was so. Seconds since 1970 */
  atSeconds: number
}

/** An agent says again what it last said after this, as long as it serves somebody of that server. */
export const repetitionSeconds = 60

const linkUp = dictionary['Link-Up'].values

export function encodeNetworkReport(report: NetworkReport): AvpValue<'Network-Report'> {
  return {
    'Link-Name': report.linkName,
    'Link-Up': report.up ? linkUp.UP : linkUp.DOWN,
    'Link-Utilization': report.utilization,
    'Drops-Per-Second': report.dropsPerSecond,
    'Event-Timestamp': report.atSeconds,
  }
}

/** The ratios are Float32, and the time is in whole seconds. @throws wire/malformed with 5004 for what cannot be */
export function decodeNetworkReport(report: AvpValue<'Network-Report'>): NetworkReport {
  const { 'Link-Name': linkName, 'Link-Up': state, 'Event-Timestamp': atSeconds } = report
  const utilization = report['Link-Utilization']
  const dropsPerSecond = report['Drops-Per-Second']
  if (linkName === '') throw refused('its Link-Name is empty')
  if (state !== linkUp.UP && state !== linkUp.DOWN) throw refused(`its Link-Up is ${state}`)
  for (const [what, value] of Object.entries({ utilization, dropsPerSecond }))
    if (!Number.isFinite(value) || value < 0) throw refused(`its ${what} is ${value}`)
  return { linkName, up: state === linkUp.UP, utilization, dropsPerSecond, atSeconds }
}

function refused(why: string): WireError {
  return new WireError('wire/malformed', `the Network-Report cannot be used: ${why}`, {
    offset: 0,
    resultCode: resultCode.invalidAvpValue,
  })
}
