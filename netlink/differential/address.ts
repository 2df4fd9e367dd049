/** Generated addresses, each on an interface of its own; without a protocol, which iproute2 knows from 6.4 on. */
import fc from 'fast-check'
import { type Address, addAddress, addressFlag, dumpAddresses, type InterfaceAddress } from '../address.ts'
import { commandLine } from '../command-line.ts'
import { ipv4, some } from './generated.ts'
import type { Kind } from './twins.ts'

type Settings = Omit<InterfaceAddress, 'device' | 'label'> & { label?: string }

/** In hundreds, for the hundred that passes is rounded up. */
const seconds = fc.integer({ min: 1, max: 900_000 }).map((hundreds) => hundreds * 100)
const lifetimes = fc.oneof(
  fc.constant({}),
  fc.tuple(seconds, seconds).map(([one, other]) => ({
    validSeconds: Math.max(one, other),
    preferredSeconds: Math.min(one, other),
  })),
  fc.record({ validSeconds: seconds }),
  fc.constant({ preferredSeconds: 0 }),
)
const every = {
  metric: fc.integer({ min: 1, max: 0xffffffff }),
  scope: fc.constantFrom('global', 'site', 'link', 'host'),
  noPrefixRoute: fc.boolean(),
} as const

const inet: fc.Arbitrary<Settings> = fc
  .tuple(
    fc.integer({ min: 0x0a000001, max: 0x0afffffe }).map(ipv4),
    fc.integer({ min: 8, max: 32 }),
    fc.option(fc.integer({ min: 0x0b000001, max: 0x0bfffffe }).map(ipv4)),
    some({
      ...every,
      broadcast: fc.integer({ min: 0x0a000001, max: 0x0afffffe }).map(ipv4),
      label: fc.constantFrom('a', 'home', '7'),
    }),
    lifetimes,
  )
  .map(([address, length, peer, others, times]) => ({
    ...(peer === null ? { address: `${address}/${length}` } : { address, peer: `${peer}/${length}` }),
    ...others,
    ...times,
  }))

const inet6: fc.Arbitrary<Settings> = fc
  .tuple(
    fc.integer({ min: 1, max: 0xffff }),
    fc.integer({ min: 48, max: 128 }),
    some({ ...every, noDuplicateDetection: fc.boolean(), home: fc.boolean() }),
    lifetimes,
  )
  .map(([low, length, others, times]) => ({
    address: `2001:db8::${low.toString(16)}/${length}`,
    ...others,
    ...times,
  }))

const device = (place: number) => `d${place}`
const labelled = (place: number, label: string | undefined) =>
  label === undefined ? {} : { label: `${device(place)}:${label}` }

function line(settings: Settings, place: number): string {
  const { address, peer, broadcast, label, metric, scope, validSeconds, preferredSeconds } = settings
  return commandLine(
    'ip address add local',
    address,
    peer && `peer ${peer}`,
    broadcast && `brd ${broadcast}`,
    scope && `scope ${scope}`,
    `dev ${device(place)}`,
    label && `label ${device(place)}:${label}`,
    metric && `priority ${metric}`,
    validSeconds !== undefined && `valid_lft ${validSeconds}`,
    // An address is preferred as long as it is valid, where `ip` would take for ever.
    (preferredSeconds ?? validSeconds) !== undefined && `preferred_lft ${preferredSeconds ?? validSeconds}`,
    settings.noDuplicateDetection && 'nodad',
    settings.home && 'home',
    settings.noPrefixRoute && 'noprefixroute',
  )
}

/** What is left of a lifetime, as it was when the address was made. */
function inHundreds(value: number): number {
  return value === 0xffffffff ? value : Math.ceil(value / 100) * 100
}

const flagWords = [
  ['secondary', addressFlag.TEMPORARY],
  ['nodad', addressFlag.NODAD],
  ['home', addressFlag.HOME],
  ['deprecated', addressFlag.DEPRECATED],
  ['tentative', addressFlag.TENTATIVE],
  ['noprefixroute', addressFlag.NOPREFIXROUTE],
] as const

/** As `ip -j -d address show` says it. */
function shown(value: Address): object {
  const { family, local = value.address, address, lifetime, prefixLength, scope } = value
  const flags = value.allFlags ?? value.flags
  return {
    family,
    local,
    ...(address !== local ? { address } : {}),
    prefixlen: prefixLength,
    ...(value.metric ? { metric: value.metric } : {}),
    ...(value.broadcast ? { broadcast: value.broadcast } : {}),
    scope,
    ...Object.fromEntries(flagWords.filter(([, bit]) => flags & bit).map(([word]) => [word, true])),
    ...(flags & addressFlag.PERMANENT ? {} : { dynamic: true }),
    ...(value.label ? { label: value.label } : {}),
    valid_life_time: inHundreds(lifetime?.validSeconds ?? 0),
    preferred_life_time: inHundreds(lifetime?.preferredSeconds ?? 0),
  }
}

interface Listed {
  ifname?: string
  addr_info?: Record<string, number>[]
}

/** Without what the interface says of itself, and the address that the kernel made. */
function known({ ifname, addr_info: addresses = [] }: Listed): object {
  const kept = addresses.map((each) => ({
    ...each,
    valid_life_time: inHundreds(each.valid_life_time ?? 0),
    preferred_life_time: inHundreds(each.preferred_life_time ?? 0),
  }))
  return { ifname, addr_info: kept }
}

export const addresses: Kind<Settings> = {
  name: 'address',
  count: 10,
  arbitrary: fc.oneof(inet, inet6),
  setUp: (places) =>
    places.flatMap((place) => [
      `ip link add ${device(place)} index ${place} address 02:00:00:00:${place % 100}:01 type dummy`,
      `ip link set ${device(place)} up`,
    ]),
  request: ({ label, ...settings }, place) =>
    addAddress({ ...settings, device: device(place), ...labelled(place, label) }),
  line,
  json: ['ip address show'],
  place: /"ifname":"d(\d{4})"/,
  // Lifetimes run.
  ignored: /(?<="(valid|preferred)_life_time":)(?!4294967295|0\b)\d+/g,
  async dump(socket, places) {
    const all = await Array.fromAsync(socket.dump(dumpAddresses()))
    return places.map((place) => ({
      ifname: device(place),
      addr_info: all.filter(({ index }) => index === place).map(shown),
    }))
  },
  known,
}
