import { type CommandTable, failure, redirection, routing } from '../command-table.ts'

/**
 * The end of a session: RFC 6733, sections 8.4 and 8.5. The header's application is the session's (RFC 6733, section 2.5, over the 0
 * of RFC 4004); 2 stands here because every session of ours that ends by these commands is a Mobile IPv4 session.
 */
export const sessionCommands = {
  'Session-Termination': {
    code: 275,
    abbreviation: 'ST',
    applicationId: 2,
    proxiable: true,
    request: {
      'Session-Id': '1',
      'Origin-Host': '1',
      'Origin-Realm': '1',
      'Destination-Realm': '1',
      'Auth-Application-Id': '1',
      'Termination-Cause': '1',
      'User-Name': '0-1',
      'Destination-Host': '0-1',
      Class: '*',
      'Origin-State-Id': '0-1',
      ...routing,
    },
    answer: {
      'Session-Id': '1',
      'Result-Code': '1',
      'Origin-Host': '1',
      'Origin-Realm': '1',
      'User-Name': '0-1',
      Class: '*',
      'Origin-State-Id': '0-1',
      ...failure,
      ...redirection,
      'Proxy-Info': '*',
    },
  },
  'Abort-Session': {
    code: 274,
    abbreviation: 'AS',
    applicationId: 2,
    proxiable: true,
    request: {
      'Session-Id': '1',
      'Origin-Host': '1',
      'Origin-Realm': '1',
      'Destination-Realm': '1',
      'Destination-Host': '1',
      'Auth-Application-Id': '1',
      'User-Name': '0-1',
      'Origin-State-Id': '0-1',
      ...routing,
    },
    answer: {
      'Session-Id': '1',
      'Result-Code': '1',
      'Origin-Host': '1',
      'Origin-Realm': '1',
      'User-Name': '0-1',
      'Origin-State-Id': '0-1',
      ...failure,
      ...redirection,
      'Proxy-Info': '*',
    },
  },
} as const satisfies CommandTable
