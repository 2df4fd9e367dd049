/** Generated neighbours, each on an interface of its own. */
import fc from 'fast-check'
import { commandLine } from '../command-line.ts'
import {
  addNeighbour,
  dumpNeighbours,
  type Neighbour,
  type NewNeighbour,
  neighbourExtendedFlag,
  neighbourFlag,
} from '../neighbour.ts'
import { ipv4, some, unnamedProtocol } from './generated.ts'
import type { Kind } from './twins.ts'

type Settings = Omit<NewNeighbour, 'device'>

const address = fc.oneof(
  fc.integer({ min: 0x0a000001, max: 0x0afffffe }).map(ipv4),
  fc.integer({ min: 1, max: 0xffff }).map((low) => `2001:db8::${low.toString(16)}`),
)
const linkAddress = fc
  .uint8Array({ minLength: 5, maxLength: 5 })
  .map((bytes) => `02${[...bytes].map((each) => `:${each.toString(16).padStart(2, '0')}`).join('')}`)
const protocol = unnamedProtocol

const arbitrary: fc.Arbitrary<Settings> = fc.oneof(
  fc
    .tuple(
      fc.record({ address, linkAddress }),
      some({
        state: fc.constantFrom('permanent', 'stale', 'noarp', 'reachable'),
        router: fc.boolean(),
        externallyLearned: fc.boolean(),
        protocol,
      }),
    )
    .map(([key, others]) => ({ ...key, ...others })),
  fc.record({ address, proxy: fc.constant(true), protocol }, { requiredKeys: ['address', 'proxy'] }),
)

const device = (place: number) => `d${place}`

function line(neighbour: Settings, place: number): string {
  return commandLine(
    'ip neigh add',
    `${neighbour.proxy ? 'proxy' : 'to'} ${neighbour.address}`,
    `dev ${device(place)}`,
    neighbour.linkAddress && `lladdr ${neighbour.linkAddress}`,
    neighbour.state && `nud ${neighbour.state}`,
    neighbour.router && 'router',
    neighbour.externallyLearned && 'extern_learn',
    neighbour.protocol !== undefined && `protocol ${neighbour.protocol}`,
  )
}

/** As `ip -j -d neighbour show` says it. */
function shown({ address: dst, linkAddress: lladdr, protocol: origin, ...others }: Neighbour): object {
  const has = (flag: number) => (others.flags & flag) !== 0
  return {
    dst,
    dev: device(others.index),
    ...(lladdr === undefined ? {} : { lladdr }),
    ...(has(neighbourFlag.ROUTER) ? { router: null } : {}),
    ...(has(neighbourFlag.PROXY) ? { proxy: null } : {}),
    ...(has(neighbourFlag.EXTERNALLY_LEARNED) ? { extern_learn: null } : {}),
    ...((others.extendedFlags ?? 0) & neighbourExtendedFlag.MANAGED ? { managed: null } : {}),
    ...(has(neighbourFlag.PROXY) ? {} : { state: [String(others.state).toUpperCase()] }),
    ...(origin ? { protocol: String(origin) } : {}),
  }
}

export const neighbours: Kind<Settings> = {
  name: 'neighbour',
  count: 10,
  arbitrary,
  setUp: (places) =>
    places.flatMap((place) => [
      `ip link add ${device(place)} index ${place} multicast off arp on type dummy`,
      `ip link set ${device(place)} up`,
    ]),
  request: (neighbour, place) => addNeighbour({ ...neighbour, device: device(place) }),
  line,
  json: ['ip neigh show nud all', 'ip neigh show proxy'],
  place: /^(?!.*"dst":"ff02).*"dev":"d(\d{4})"/,
  ignored: /"(used|confirmed|updated|probes|refcnt)":\d+,?/g,
  async dump(socket) {
    const lists = [{}, { family: 'inet6' }, { proxy: true }, { proxy: true, family: 'inet6' }] as const
    const all = await Promise.all(lists.map((filter) => Array.fromAsync(socket.dump(dumpNeighbours(filter)))))
    return all.flat().map(shown)
  },
}
