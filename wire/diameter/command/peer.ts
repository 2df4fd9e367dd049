import { type CommandTable, failure } from '../command-table.ts'

/** RFC 6733, sections 5.3.1 and 5.3.2: what both capabilities messages tell. */
const capabilities = {
  'Origin-Host': '1',
  'Origin-Realm': '1',
  'Host-IP-Address': '1*',
  'Vendor-Id': '1',
  'Product-Name': '1',
  'Origin-State-Id': '0-1',
  'Supported-Vendor-Id': '*',
  'Auth-Application-Id': '*',
  'Inband-Security-Id': '*',
  'Acct-Application-Id': '*',
  'Vendor-Specific-Application-Id': '*',
  'Firmware-Revision': '0-1',
} as const

/** The commands between two neighbours: RFC 6733, sections 5.3 to 5.5. */
export const peerCommands = {
  'Capabilities-Exchange': {
    code: 257,
    abbreviation: 'CE',
    applicationId: 0,
    proxiable: false,
    request: capabilities,
    answer: { 'Result-Code': '1', ...capabilities, ...failure },
  },
  'Device-Watchdog': {
    code: 280,
    abbreviation: 'DW',
    applicationId: 0,
    proxiable: false,
    request: { 'Origin-Host': '1', 'Origin-Realm': '1', 'Origin-State-Id': '0-1' },
    answer: {
      'Result-Code': '1',
      'Origin-Host': '1',
      'Origin-Realm': '1',
      'Origin-State-Id': '0-1',
      ...failure,
    },
  },
  'Disconnect-Peer': {
    code: 282,
    abbreviation: 'DP',
    applicationId: 0,
    proxiable: false,
    request: { 'Origin-Host': '1', 'Origin-Realm': '1', 'Disconnect-Cause': '1' },
    answer: { 'Result-Code': '1', 'Origin-Host': '1', 'Origin-Realm': '1', ...failure },
  },
} as const satisfies CommandTable
