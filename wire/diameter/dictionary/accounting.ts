import type { AvpTable } from '../avp-table.ts'

/** RFC 6733, section 9.8, and the counters of RFC 4004, section 10. */
export const accountingAvps = {
  'Acct-Session-Id': { code: 44, type: 'OctetString', mandatory: true, section: '6733 9.8.4' },
  'Acct-Session-Time': { code: 46, type: 'Unsigned32', mandatory: true, section: '4004 10.3' },
  'Acct-Multi-Session-Id': { code: 50, type: 'UTF8String', mandatory: true, section: '6733 9.8.5' },
  'Event-Timestamp': { code: 55, type: 'Time', mandatory: true, section: '6733 8.21' },
  'Acct-Interim-Interval': { code: 85, type: 'Unsigned32', mandatory: true, section: '6733 9.8.2' },
  'Acct-Application-Id': { code: 259, type: 'Unsigned32', mandatory: true, section: '6733 6.9' },
  'Accounting-Sub-Session-Id': { code: 287, type: 'Unsigned64', mandatory: true, section: '6733 9.8.6' },
  'Accounting-Input-Octets': { code: 363, type: 'Unsigned64', mandatory: true, section: '4004 10.1' },
  'Accounting-Output-Octets': { code: 364, type: 'Unsigned64', mandatory: true, section: '4004 10.2' },
  'Accounting-Input-Packets': { code: 365, type: 'Unsigned64', mandatory: true, section: '4004 10.4' },
  'Accounting-Output-Packets': { code: 366, type: 'Unsigned64', mandatory: true, section: '4004 10.5' },
  'Accounting-Record-Type': {
    code: 480,
    type: 'Enumerated',
    mandatory: true,
    section: '6733 9.8.1',
    values: { EVENT_RECORD: 1, START_RECORD: 2, INTERIM_RECORD: 3, STOP_RECORD: 4 },
  },
  'Accounting-Realtime-Required': {
    code: 483,
    type: 'Enumerated',
    mandatory: true,
    section: '6733 9.8.7',
    values: { DELIVER_AND_GRANT: 1, GRANT_AND_STORE: 2, GRANT_AND_LOSE: 3 },
  },
  'Accounting-Record-Number': { code: 485, type: 'Unsigned32', mandatory: true, section: '6733 9.8.3' },
} as const satisfies AvpTable
