/** The changes that are timed. */
export interface Kind {
  id: string
  title: string
  /** What the subscriber has after the change of this number; no two in a row are alike. */
  document(number: number): object
}

const downlink = (number: number) => ({ rate: `${8000 + (number % 1000)}kbit`, priority: 2 })
const voice = {
  name: 'voice',
  match: { protocol: 'udp', destinationPort: 5004 },
  rate: '1mbit',
  dscp: 'EF',
}
const filters = [25, 80, 443].map((destinationPort) => ({
  match: { protocol: 'tcp', destinationPort },
  action: 'drop',
}))

export const kinds = {
  rate: {
    id: 'rate',
    title: 'another rate',
    document: (number) => ({ name: 'own', class: { downlink: downlink(number) } }),
  },
  all: {
    id: 'all',
    title: 'a flow, three filters and DSCP come or go, with another rate',
    document: (number) =>
      number % 2 === 0
        ? { name: 'own', class: { downlink: downlink(number) } }
        : { name: 'own', class: { downlink: downlink(number), dscp: 'AF41' }, filters, flows: [voice] },
  },
} as const satisfies Record<string, Kind>
