import { describeError } from '#core/error.ts'
import type { AvpValue } from '#wire/diameter/avps.ts'
import { type DatapathReport, decodeDatapathReport } from '#wire/diameter/datapath-report.ts'
import { WireError } from '#wire/wire-error.ts'
import type { Server } from './server.ts'

/** Where an agent has a subscriber in its kernel. It is for people to look at: one that cannot be used is left out, and changes nothing else. */
export function readDatapathReport(
  { log }: Pick<Server, 'log'>,
  node: string,
  avp: AvpValue<'Datapath-Report'> | undefined,
): DatapathReport | undefined {
  try {
    return avp && decodeDatapathReport(avp)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    const reason = describeError(error)
    log.warn({ event: 'datapath-report', node, reason }, `${node}: ${reason}`)
    return undefined
  }
}
