import type { AnswerBody } from '#diameter/handler.ts'
import type { DatapathReport } from '#wire/diameter/datapath-report.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { encodeNamedAvp } from '#wire/diameter/group.ts'
import type { RequestMessage } from '#wire/diameter/message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import type { AccountingOutcome } from '../database/service-control-database.ts'
import { readDatapathReport } from './datapath-reports.ts'
import { distributeInBackground, hasRefused, isWorthRetrying } from './distribution.ts'
import { handleNetworkReport } from './network-reports.ts'
import type { Server } from './server.ts'
import { followSettled } from './settlement.ts'
import { handleTranslationReport } from './translation-reports.ts'

type Request = RequestMessage<'Accounting'>['avps']
type Answer = AnswerBody<'Accounting'>

/** Output is what went to the user (RFC 4004, section 10): the downlink. */
const counterAvps = {
  downlinkBytes: 'Accounting-Output-Octets',
  downlinkPackets: 'Accounting-Output-Packets',
  uplinkBytes: 'Accounting-Input-Octets',
  uplinkPackets: 'Accounting-Input-Packets',
} as const

/**
 * Answers an Accounting-Request (RFC 6733, section 9): counts the record once, judges the conditions, and
 * sends the new profile out if one was met. The answer does not wait for that. A record that is a report
 * of a link or of a translator belongs to no session.
 */
export async function handleAccounting(
  server: Server,
  { avps }: RequestMessage<'Accounting'>,
): Promise<Answer> {
  const { database, clock, log } = server
  const { 'Session-Id': sessionId, 'Accounting-Record-Number': recordNumber } = avps
  const node = avps['Origin-Host'].toLowerCase()
  const networkReport = avps['Network-Report']
  if (networkReport) return handleNetworkReport(server, node, networkReport)
  const translationReport = avps['Translation-Report']
  if (translationReport) return handleTranslationReport(server, node, translationReport)
  const outOfRange = Object.values(counterAvps).find((name) => (avps[name] ?? 0n) > Number.MAX_SAFE_INTEGER)
  if (outOfRange) {
    log.warn(
      { event: 'accounting-refused', sessionId, node, recordNumber, counter: outOfRange },
      `${node} counts more than there can be`,
    )
    return {
      'Result-Code': resultCode.invalidAvpValue,
      'Failed-AVP': { unknown: [encodeNamedAvp(outOfRange, avps[outOfRange])] },
    }
  }
  const counter = (name: keyof typeof counterAvps): number => Number(avps[counterAvps[name]] ?? 0n)
  const outcome = await database.recordAccounting({
    sessionId,
    acctMultiSessionId: avps['Acct-Multi-Session-Id'],
    node,
    recordNumber,
    recordType: recordType(avps['Accounting-Record-Type']),
    counters: {
      downlinkBytes: counter('downlinkBytes'),
      downlinkPackets: counter('downlinkPackets'),
      uplinkBytes: counter('uplinkBytes'),
      uplinkPackets: counter('uplinkPackets'),
    },
    at: clock.now(),
  })
  if (outcome === undefined) {
    log.warn(
      { event: 'unknown-session', sessionId, node, recordNumber },
      `${node} accounts for a session that it does not have`,
    )
    return { 'Result-Code': resultCode.unknownSessionId }
  }
  await follow(server, outcome, readDatapathReport(server, node, avps['Datapath-Report']))
  log.debug(
    { event: 'accounted', nai: outcome.session.nai, node, recordNumber, ...outcome.usage },
    'a record was counted',
  )
  return { 'Result-Code': resultCode.success }
}

/** What a record brings about, besides being counted. */
async function follow(
  server: Server,
  outcome: AccountingOutcome,
  datapath: DatapathReport | undefined,
): Promise<void> {
  const { session, effective, changed } = outcome
  const { installation, nai, state } = session
  followSettled(server, outcome)
  // A foreign agent accounts for a visit once its kernel holds the profile that the registration granted.
  if (state === 'open' && installation.revision === undefined && installation.grantedRevision !== undefined)
    await server.database.recordInstallation(session.sessionId, {
      confirmed: installation.grantedRevision,
      datapath,
    })
  // It can be reached again. One that has refused is asked at its time.
  if (!changed && isWorthRetrying(effective, session) && !hasRefused(installation))
    distributeInBackground(server, nai)
}

function recordType(value: Request['Accounting-Record-Type']): string {
  const names = Object.entries(dictionary['Accounting-Record-Type'].values)
  return names.find(([, number]) => number === value)?.[0] ?? `Accounting-Record-Type ${value}`
}
