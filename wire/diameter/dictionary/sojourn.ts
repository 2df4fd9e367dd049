import type { AvpTable } from '../avp-table.ts'

/**
 * 32473 is the enterprise number that RFC 5612 reserves for documentation: Sojourn owns no number of its own, and a vendor that
 * ships it replaces this one. The M flag is clear, so that servers which know only RFC 4004 let the AVPs pass.
 */
const vendorId = 32473

/**
 * What of a service profile RFC 5777 cannot say, what agents report of their links, of their kernels and of address
 * translation, and what they are told about a move.
 */
export const sojournAvps = {
  'Service-Profile': {
    code: 1,
    vendorId,
    type: 'Grouped',
    mandatory: false,
    section: 'service-profile.ts',
    members: { 'Profile-Name': '1', 'Profile-Revision': '1', 'Class-Priority': '1', 'Flow-Terms': '*' },
  },
  'Profile-Name': { code: 2, vendorId, type: 'UTF8String', mandatory: false, section: 'service-profile.ts' },
  'Profile-Revision': {
    code: 3,
    vendorId,
    type: 'Unsigned64',
    mandatory: false,
    section: 'service-profile.ts',
  },
  'Class-Priority': {
    code: 4,
    vendorId,
    type: 'Unsigned32',
    mandatory: false,
    section: 'service-profile.ts',
  },
  /** What of a flow RFC 5777 cannot say; its rule has the same name. */
  'Flow-Terms': {
    code: 5,
    vendorId,
    type: 'Grouped',
    mandatory: false,
    section: 'service-profile.ts',
    members: { 'Flow-Name': '1', 'Class-Priority': '1', 'Flow-Label': '0-1' },
  },
  'Flow-Name': { code: 6, vendorId, type: 'UTF8String', mandatory: false, section: 'service-profile.ts' },
  'Flow-Label': { code: 7, vendorId, type: 'Unsigned32', mandatory: false, section: 'service-profile.ts' },
  /** What an agent's kernel says of one of its links. */
  'Network-Report': {
    code: 8,
    vendorId,
    type: 'Grouped',
    mandatory: false,
    section: 'network-report.ts',
    members: {
      'Link-Name': '1',
      'Link-Up': '1',
      'Link-Utilization': '1',
      'Drops-Per-Second': '1',
      'Event-Timestamp': '1',
    },
  },
  'Link-Name': { code: 9, vendorId, type: 'UTF8String', mandatory: false, section: 'network-report.ts' },
  'Link-Up': {
    code: 10,
    vendorId,
    type: 'Enumerated',
    mandatory: false,
    section: 'network-report.ts',
    values: { DOWN: 0, UP: 1 },
  },
  'Link-Utilization': {
    code: 11,
    vendorId,
    type: 'Float32',
    mandatory: false,
    section: 'network-report.ts',
  },
  'Drops-Per-Second': {
    code: 12,
    vendorId,
    type: 'Float32',
    mandatory: false,
    section: 'network-report.ts',
  },
  /** Where in an agent's kernel a subscriber is. */
  'Datapath-Report': {
    code: 13,
    vendorId,
    type: 'Grouped',
    mandatory: false,
    section: 'datapath-report.ts',
    members: { 'Tunnel-Report': '*', 'Class-Report': '*' },
  },
  'Tunnel-Report': {
    code: 14,
    vendorId,
    type: 'Grouped',
    mandatory: false,
    section: 'datapath-report.ts',
    members: { 'Link-Name': '1', 'Tunnel-Encapsulation': '1', 'Tunnel-Remote': '1', 'Tunnel-Key': '0-1' },
  },
  /** Protocol numbers of IP. */
  'Tunnel-Encapsulation': {
    code: 15,
    vendorId,
    type: 'Enumerated',
    mandatory: false,
    section: 'datapath-report.ts',
    values: { IPIP: 4, GRE: 47 },
  },
  'Tunnel-Remote': { code: 16, vendorId, type: 'Address', mandatory: false, section: 'datapath-report.ts' },
  'Tunnel-Key': { code: 17, vendorId, type: 'Unsigned32', mandatory: false, section: 'datapath-report.ts' },
  'Class-Report': {
    code: 18,
    vendorId,
    type: 'Grouped',
    mandatory: false,
    section: 'datapath-report.ts',
    members: { 'Class-Name': '1', 'Link-Name': '1', 'Class-Id': '1', 'Packet-Mark': '0-1' },
  },
  'Class-Name': { code: 19, vendorId, type: 'UTF8String', mandatory: false, section: 'datapath-report.ts' },
  /** As `tc` writes it, 4400:1 is 0x44000001. */
  'Class-Id': { code: 24, vendorId, type: 'Unsigned32', mandatory: false, section: 'datapath-report.ts' },
  'Packet-Mark': { code: 25, vendorId, type: 'Unsigned32', mandatory: false, section: 'datapath-report.ts' },
  /** For the new foreign agent. Session and agent stand there when that is of its own realm. */
  'Previous-Visit': {
    code: 20,
    vendorId,
    type: 'Grouped',
    mandatory: false,
    section: 'handover.ts',
    members: {
      'Session-Id': '0-1',
      'Destination-Realm': '0-1',
      'Destination-Host': '0-1',
      'Care-of-Address': '1',
      'Forwarding-Time': '1',
    },
  },
  /** Of the foreign agent. */
  'Care-of-Address': { code: 21, vendorId, type: 'Address', mandatory: false, section: 'handover.ts' },
  /** Milliseconds. */
  'Forwarding-Time': { code: 22, vendorId, type: 'Unsigned32', mandatory: false, section: 'handover.ts' },
  /** For the previous foreign agent: where the node's packets go now. */
  'Next-Visit': {
    code: 23,
    vendorId,
    type: 'Grouped',
    mandatory: false,
    section: 'handover.ts',
    members: { 'Care-of-Address': '1', 'Forwarding-Time': '1' },
  },
  /** How the addresses of a subscriber, and of those with whom he speaks, are translated. */
  'Translation-Report': {
    code: 30,
    vendorId,
    type: 'Grouped',
    mandatory: false,
    section: 'translation-report.ts',
    members: {
      'MIP-Mobile-Node-Address': '1',
      'Translation-Pool': '0-1',
      'Pool-Utilization': '1',
      'Translated-Address': '*',
      'Translation-Mapping': '*',
    },
  },
  'Translation-Pool': {
    code: 31,
    vendorId,
    type: 'UTF8String',
    mandatory: false,
    section: 'translation-report.ts',
  },
  'Pool-Utilization': {
    code: 32,
    vendorId,
    type: 'Float32',
    mandatory: false,
    section: 'translation-report.ts',
  },
  /** Of one host: what it is called on either side. */
  'Translated-Address': {
    code: 33,
    vendorId,
    type: 'Grouped',
    mandatory: false,
    section: 'translation-report.ts',
    members: { 'Inside-Address': '1', 'Outside-Address': '1' },
  },
  /** What the subscriber's address and port are outside. */
  'Translation-Mapping': {
    code: 34,
    vendorId,
    type: 'Grouped',
    mandatory: false,
    section: 'translation-report.ts',
    members: { 'Mapping-Protocol': '1', 'Inside-Port': '1', 'Outside-Address': '1', 'Outside-Port': '1' },
  },
  'Inside-Address': {
    code: 35,
    vendorId,
    type: 'Address',
    mandatory: false,
    section: 'translation-report.ts',
  },
  'Outside-Address': {
    code: 36,
    vendorId,
    type: 'Address',
    mandatory: false,
    section: 'translation-report.ts',
  },
  /** A protocol number of IP. */
  'Mapping-Protocol': {
    code: 37,
    vendorId,
    type: 'Unsigned32',
    mandatory: false,
    section: 'translation-report.ts',
  },
  'Inside-Port': {
    code: 38,
    vendorId,
    type: 'Unsigned32',
    mandatory: false,
    section: 'translation-report.ts',
  },
  'Outside-Port': {
    code: 39,
    vendorId,
    type: 'Unsigned32',
    mandatory: false,
    section: 'translation-report.ts',
  },
} as const satisfies AvpTable
