import { type CommandTable, failure, routing } from '../command-table.ts'

/** What request and answer share: RFC 6733, sections 9.7.1 and 9.7.2. */
const record = {
  'Accounting-Record-Type': '1',
  'Accounting-Record-Number': '1',
  'Acct-Application-Id': '0-1',
  'Vendor-Specific-Application-Id': '0-1',
  'User-Name': '0-1',
  'Accounting-Sub-Session-Id': '0-1',
  'Acct-Session-Id': '0-1',
  'Acct-Multi-Session-Id': '0-1',
  'Acct-Interim-Interval': '0-1',
  'Accounting-Realtime-Required': '0-1',
  'Origin-State-Id': '0-1',
  'Event-Timestamp': '0-1',
} as const

/** What RFC 4004, section 10, counts: input is what came from the user, output what went to the user. */
const mobileIpv4Usage = {
  'Accounting-Input-Octets': '0-1',
  'Accounting-Output-Octets': '0-1',
  'Accounting-Input-Packets': '0-1',
  'Accounting-Output-Packets': '0-1',
  'Acct-Session-Time': '0-1',
  'MIP-Feature-Vector': '0-1',
  'MIP-Home-Agent-Address': '0-1',
  'MIP-Mobile-Node-Address': '0-1',
} as const

/** RFC 6733, section 9.7, with the application of Mobile IPv4 (RFC 4004, section 1.5). */
export const accountingCommands = {
  Accounting: {
    code: 271,
    abbreviation: 'AC',
    applicationId: 2,
    proxiable: true,
    request: {
      'Session-Id': '1',
      'Origin-Host': '1',
      'Origin-Realm': '1',
      'Destination-Realm': '1',
      ...record,
      'Destination-Host': '0-1',
      ...mobileIpv4Usage,
      /** Of an EVENT_RECORD that our agents send; it takes the place of the counters. */
      'Network-Report': '0-1',
      /** The same, of an address translator. */
      'Translation-Report': '0-1',
      /** Of the START_RECORD of a visit. */
      'Datapath-Report': '0-1',
      ...routing,
    },
    answer: {
      'Session-Id': '1',
      'Result-Code': '1',
      'Origin-Host': '1',
      'Origin-Realm': '1',
      ...record,
      ...failure,
      'Proxy-Info': '*',
    },
  },
} as const satisfies CommandTable
