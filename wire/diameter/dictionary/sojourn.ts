import type { AvpTable } from '../avp-table.ts'

/**
 * 32473 is the enterprise number that RFC 5612 reserves for documentation: Sojourn owns no number of its own, and a vendor that
 * ships it replaces this one. The M flag is clear, so that servers which know only RFC 4004 let the AVPs pass.
 */
const vendorId = 32473

/** What of a service profile RFC 5777 cannot say. */
export const sojournAvps = {
  'Service-Profile': {
    code: 1,
    vendorId,
    type: 'Grouped',
    mandatory: false,
    section: 'service-profile.ts',
    members: { 'Profile-Name': '1', 'Profile-Revision': '1', 'Class-Priority': '1' },
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
} as const satisfies AvpTable
