import { z } from 'zod'
import type { RequestBody } from '#diameter/handler.ts'
import { type DatapathReport, encodeDatapathReport } from '#wire/diameter/datapath-report.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'

const recordType = dictionary['Accounting-Record-Type'].values
const mobileIpv4Application = 2

/** JSON has no 64-bit numbers. */
const count = z.union([z.bigint(), z.string().regex(/^\d+$/).transform(BigInt)])

/** What one Accounting-Request says (RFC 6733, section 9.7.1; RFC 4004, section 10), as it lies in the store. */
export const usageRecord = z.object({
  sessionId: z.string(),
  acctMultiSessionId: z.string(),
  server: z.object({ host: z.string().exactOptional(), realm: z.string() }),
  nai: z.string(),
  homeAddress: z.string(),
  homeAgent: z.string(),
  type: z.enum(['START_RECORD', 'INTERIM_RECORD', 'STOP_RECORD']),
  /** With the Session-Id and the type it makes the record unique (RFC 6733, section 9.8.3). */
  number: z.number().int(),
  /** What went to the user since the session began. */
  octets: count,
  packets: count,
  /** What came from the user. Records of a former version have none. */
  inputOctets: count.prefault('0'),
  inputPackets: count.prefault('0'),
  sessionSeconds: z.number().int(),
  /** When this was so, in seconds since 1970: the record may arrive much later. */
  eventSeconds: z.number().int(),
  /** Of a START_RECORD: where in the kernel the visitor is. */
  datapath: z.custom<DatapathReport>((value) => typeof value === 'object').exactOptional(),
})

export type UsageRecord = z.output<typeof usageRecord>

export function accountingRequest(record: UsageRecord): RequestBody<'Accounting'> {
  const { server, datapath } = record
  return {
    'Session-Id': record.sessionId,
    'Destination-Realm': server.realm,
    ...(server.host === undefined ? {} : { 'Destination-Host': server.host }),
    'Accounting-Record-Type': recordType[record.type],
    'Accounting-Record-Number': record.number,
    'Acct-Application-Id': mobileIpv4Application,
    'User-Name': record.nai,
    'Acct-Multi-Session-Id': record.acctMultiSessionId,
    'Accounting-Input-Octets': record.inputOctets,
    'Accounting-Input-Packets': record.inputPackets,
    'Accounting-Output-Octets': record.octets,
    'Accounting-Output-Packets': record.packets,
    'Acct-Session-Time': record.sessionSeconds,
    'Event-Timestamp': record.eventSeconds,
    'MIP-Home-Agent-Address': record.homeAgent,
    'MIP-Mobile-Node-Address': record.homeAddress,
    ...(datapath && { 'Datapath-Report': encodeDatapathReport(datapath) }),
  }
}
