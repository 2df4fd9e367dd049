import type { AvpTable } from '../avp-table.ts'

/** RFC 5624. Rates are octets per second, depths and sizes octets (units of RFC 2215). M clear, as in `qos.ts`. */
export const qosParameterAvps = {
  'TMOD-1': {
    code: 495,
    type: 'Grouped',
    mandatory: false,
    section: '5624 3.1',
    members: {
      'Token-Rate': '1',
      'Bucket-Depth': '1',
      'Peak-Traffic-Rate': '1',
      'Minimum-Policed-Unit': '1',
      'Maximum-Packet-Size': '1',
    },
  },
  'Token-Rate': { code: 496, type: 'Float32', mandatory: false, section: '5624 3.1.1' },
  'Bucket-Depth': { code: 497, type: 'Float32', mandatory: false, section: '5624 3.1.2' },
  'Peak-Traffic-Rate': { code: 498, type: 'Float32', mandatory: false, section: '5624 3.1.3' },
  'Minimum-Policed-Unit': { code: 499, type: 'Unsigned32', mandatory: false, section: '5624 3.1.4' },
  'Maximum-Packet-Size': { code: 500, type: 'Unsigned32', mandatory: false, section: '5624 3.1.5' },
  'TMOD-2': {
    code: 501,
    type: 'Grouped',
    mandatory: false,
    section: '5624 3.2',
    members: {
      'Token-Rate': '1',
      'Bucket-Depth': '1',
      'Peak-Traffic-Rate': '1',
      'Minimum-Policed-Unit': '1',
      'Maximum-Packet-Size': '1',
    },
  },
  Bandwidth: { code: 502, type: 'Float32', mandatory: false, section: '5624 3.3' },
  'PHB-Class': { code: 503, type: 'Unsigned32', mandatory: false, section: '5624 3.4' },
} as const satisfies AvpTable
