import { type CommandTable, failure, routing } from '../command-table.ts'

/** What our network elements and servers add under the last member `*[AVP]` of RFC 5866's grammars. */
const profile = { 'Service-Profile': '0-1', 'Origin-State-Id': '0-1' } as const

/** What agents are told about a move. The home address and the home agent are known before the home agent has answered. */
const handover = {
  'MIP-Mobile-Node-Address': '0-1',
  'MIP-Home-Agent-Address': '0-1',
  'Previous-Visit': '0-1',
  'Next-Visit': '0-1',
} as const

/** RFC 5866, section 5. Its names Authorization-Session-Lifetime and Authorization-Grace-Period have no codes: 291 and 276 stand here. */
export const qosCommands = {
  'QoS-Authorization': {
    code: 326,
    abbreviation: 'QA',
    applicationId: 9,
    proxiable: true,
    request: {
      'Session-Id': '1',
      'Auth-Application-Id': '1',
      'Origin-Host': '1',
      'Origin-Realm': '1',
      'Destination-Realm': '1',
      'Auth-Request-Type': '1',
      'Destination-Host': '0-1',
      'User-Name': '0-1',
      'QoS-Resources': '*',
      'QoS-Authorization-Data': '0-1',
      'Bound-Auth-Session-Id': '0-1',
      ...profile,
      ...routing,
    },
    answer: {
      'Session-Id': '1',
      'Auth-Application-Id': '1',
      'Auth-Request-Type': '1',
      'Result-Code': '1',
      'Origin-Host': '1',
      'Origin-Realm': '1',
      'QoS-Resources': '*',
      'Acct-Multi-Session-Id': '0-1',
      'Session-Timeout': '0-1',
      'Authorization-Lifetime': '0-1',
      'Auth-Grace-Period': '0-1',
      ...profile,
      ...failure,
      'Proxy-Info': '*',
    },
  },
  'QoS-Install': {
    code: 327,
    abbreviation: 'QI',
    applicationId: 9,
    proxiable: true,
    request: {
      'Session-Id': '1',
      'Auth-Application-Id': '1',
      'Origin-Host': '1',
      'Origin-Realm': '1',
      'Destination-Realm': '1',
      'Auth-Request-Type': '1',
      'Destination-Host': '0-1',
      'User-Name': '0-1',
      'QoS-Resources': '*',
      'Session-Timeout': '0-1',
      'Authorization-Lifetime': '0-1',
      'Auth-Grace-Period': '0-1',
      'Bound-Auth-Session-Id': '0-1',
      ...profile,
      ...handover,
      ...routing,
    },
    answer: {
      'Session-Id': '1',
      'Auth-Application-Id': '1',
      'Origin-Host': '1',
      'Origin-Realm': '1',
      'Result-Code': '1',
      'QoS-Resources': '*',
      ...profile,
      'Datapath-Report': '0-1',
      ...failure,
      'Proxy-Info': '*',
    },
  },
} as const satisfies CommandTable
