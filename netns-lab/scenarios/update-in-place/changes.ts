/** The changes that are made in mid-stream, in their order: what the subscriber has after each. */

export const streamPort = 5004
const mailPort = 25
/** Of the differentiated services field (RFC 2474). */
export const dscp = { before: 34, after: 46 } as const

const tcp = (destinationPort: number, action: 'drop' | 'pass') => ({
  match: { protocol: 'tcp', destinationPort },
  action,
})
const stream = { protocol: 'udp', destinationPort: streamPort }
/** More than the stream needs. */
const voice = { name: 'voice', match: stream, rate: '2mbit' }
const other = { name: 'other', match: { protocol: 'udp', destinationPort: 9 }, rate: '1mbit' }
const dropStream = { match: stream, action: 'drop' }

interface Parts {
  rate?: string
  uplink?: string
  codePoint?: number
  flows?: readonly object[]
  filters?: readonly object[]
}

const document = ({ rate = '8mbit', uplink = '3mbit', codePoint = dscp.before, flows, filters }: Parts) => ({
  name: 'steady',
  class: { downlink: { rate, priority: 2 }, uplink: { rate: uplink }, dscp: codePoint },
  ...(flows && { flows }),
  ...(filters && { filters }),
})

export const first = document({})

const codePoint = dscp.after
export const changes: readonly { what: string; document: object }[] = [
  { what: 'rate up', document: document({ rate: '12mbit' }) },
  { what: 'rate down', document: document({ rate: '6mbit' }) },
  { what: 'another rate of the uplink', document: document({ uplink: '5mbit' }) },
  { what: 'a flow for the stream', document: document({ flows: [voice] }) },
  { what: 'a flow before that', document: document({ flows: [other, voice] }) },
  { what: 'DSCP', document: document({ flows: [other, voice], codePoint }) },
  { what: 'no flow any more', document: document({ codePoint }) },
  { what: 'filters of other packets', document: document({ codePoint, filters: [tcp(mailPort, 'drop')] }) },
  {
    what: 'another filter before those',
    document: document({ codePoint, filters: [tcp(80, 'pass'), tcp(mailPort, 'drop')] }),
  },
  {
    what: 'a filter of the stream',
    document: document({ codePoint, filters: [dropStream, tcp(mailPort, 'drop')] }),
  },
  { what: 'that filter is taken back', document: document({ codePoint, filters: [tcp(mailPort, 'drop')] }) },
  { what: 'no filter any more', document: document({ codePoint }) },
  { what: 'a filter of the stream, which stays', document: document({ codePoint, filters: [dropStream] }) },
]
