/** A change of packet filters, message by message: what becomes of a packet is at each moment what it was or what it will be. */
import test from 'ava'
import fc from 'fast-check'
import type { PacketFilter } from './footprint.ts'
import { Holdings } from './holdings.ts'
import { type KernelObject, keyOf, type PacketFilterObject } from './kernel-object.ts'
import { dropTheRest, packetFilters } from './packet-filters.ts'

const correspondents = ['203.0.113.1', '203.0.113.2', '198.51.100.1'] as const
interface Packet {
  protocol: 'tcp' | 'udp'
  source: (typeof correspondents)[number]
  destinationPort: number
}

const anyPacket: fc.Arbitrary<Packet> = fc.record({
  protocol: fc.constantFrom('tcp', 'udp'),
  source: fc.constantFrom(...correspondents),
  destinationPort: fc.constantFrom(25, 80),
})
const anyFilter: fc.Arbitrary<PacketFilter> = fc.record({
  direction: fc.constant('downlink'),
  match: fc.oneof(
    fc.record({ correspondent: fc.constantFrom(...correspondents) }, { requiredKeys: [] }),
    fc.record(
      { protocol: fc.constantFrom('tcp', 'udp'), destinationPort: fc.constantFrom(25, 80) },
      { requiredKeys: ['protocol'] },
    ),
  ),
  action: fc.constantFrom('drop', 'pass'),
})
const anyFilters = fc.array(anyFilter, { maxLength: 5 })

function objectsFor(filters: readonly PacketFilter[], turn: 0 | 1): KernelObject[] {
  return [
    dropTheRest('tunnel', 'all'),
    ...packetFilters({
      ...{ device: 'tunnel', parent: 'ingress', direction: 'downlink', handle: 1, filters, turn },
      fields: { destination: '192.0.2.11' },
      treatment: { mark: 1 },
    }),
  ]
}

/** As the kernel decides: list by list, the first that matches and does not say "continue". */
function verdict(filters: Iterable<KernelObject>, packet: Packet): string {
  const inOrder = [...filters]
    .filter((object): object is PacketFilterObject => object.kind === 'packet-filter')
    .sort((one, other) => one.priority - other.priority)
  for (const { fields } of inOrder) {
    const { source, ipProtocol, destinationPort, actions = [] } = fields
    if (source !== undefined && source !== packet.source) continue
    if (ipProtocol !== undefined && ipProtocol !== packet.protocol) continue
    if (destinationPort !== undefined && destinationPort !== packet.destinationPort) continue
    const last = actions.at(-1)?.options?.gact?.parameters?.verdict
    if (last !== 'continue') return last === 'drop' ? 'drop' : 'pass'
  }
  return 'none'
}

function decided(filters: readonly PacketFilter[], { protocol, source, destinationPort }: Packet): string {
  const first = filters.find(
    ({ match }) =>
      (match.correspondent ?? source) === source &&
      (match.protocol ?? protocol) === protocol &&
      (match.destinationPort ?? destinationPort) === destinationPort,
  )
  return first?.action ?? 'pass'
}

test('no packet meets anything else than the old filters or the new ones', (t) => {
  fc.assert(
    fc.property(anyFilters, anyFilters, anyPacket, (before, after, packet) => {
      const holdings = new Holdings()
      const former = objectsFor(before, 0)
      holdings.record('mn1', former)
      const kernel = new Map(former.map((object) => [keyOf(object), object]))
      const allowed = [decided(before, packet), decided(after, packet)]
      const seen = [verdict(kernel.values(), packet)]
      const { steps, obsolete } = holdings.change('mn1', objectsFor(after, 1))
      for (const { object } of steps) {
        kernel.set(keyOf(object), object)
        seen.push(verdict(kernel.values(), packet))
      }
      for (const object of obsolete) {
        kernel.delete(keyOf(object))
        seen.push(verdict(kernel.values(), packet))
      }
      t.deepEqual([seen.at(0), seen.at(-1)], allowed)
      t.deepEqual(
        seen.filter((each) => !allowed.includes(each)),
        [],
      )
    }),
    { numRuns: 1000 },
  )
})
