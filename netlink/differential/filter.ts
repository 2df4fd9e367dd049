/** Generated filters with their actions, each of a priority of its own; u32 at a qdisc of classes, the others at the egress. */
import fc from 'fast-check'
import { commandLine } from '../command-line.ts'
import { addFilter, dumpFilters, type FilterType, filterMessage, RTM_FILTER } from '../filter.ts'
import { basic } from '../filter-basic.ts'
import { type Flower, flower, type Masked, type Ports } from '../filter-flower.ts'
import { fw } from '../filter-fw.ts'
import { matchall } from '../filter-matchall.ts'
import { u32Filter, u32Handle } from '../filter-u32.ts'
import { tcHandle } from '../tc-handle.ts'
import { tcVerbFlags } from '../tc-verb.ts'
import { arbitraryAction, type WrittenAction } from './action.ts'
import { arbitraryPrefix, byte, hexadecimal, range, some } from './generated.ts'
import type { Kind } from './twins.ts'

interface Written {
  type: FilterType
  protocol: 'ip' | 'ipv6' | 'all'
  handle: (place: number) => number
  handleWord: (place: number) => string
  words: string
}

const classId = fc.integer({ min: 1, max: 0xffff }).map((minor) => tcHandle(1, minor))
const classWord = (id: number | undefined) => id !== undefined && `flowid 1:${(id & 0xffff).toString(16)}`
const actions = fc.array(arbitraryAction, { maxLength: 3, minLength: 1 })
const target = fc.oneof(fc.record({ classId }), fc.record({ classId, actions }), fc.record({ actions }))
const uint32 = fc.nat(0xffffffff)

interface Target {
  classId?: number
  actions?: WrittenAction[]
}

const targetSettings = ({ classId: id, actions: list }: Target) => ({
  ...(id === undefined ? {} : { classId: id }),
  ...(list === undefined ? {} : { actions: list.map(({ action }) => action) }),
})
const targetWords = ({ classId: id, actions: list = [] }: Target) =>
  commandLine(classWord(id), ...list.map(({ words }) => words))

const one = { handle: () => 1, handleWord: () => 'handle 1' }

const masked: fc.Arbitrary<Masked> = fc.oneof(
  byte,
  fc.tuple(byte, fc.integer({ min: 1, max: 255 })).map(([value, mask]) => ({ value: value & mask, mask })),
)
const ports: fc.Arbitrary<Ports> = fc.oneof(
  fc.integer({ min: 1, max: 65_535 }),
  fc
    .tuple(fc.nat(0xffff), fc.integer({ min: 1, max: 0xffff }))
    .map(([value, mask]) => ({ value: value & mask, mask })),
)
const portRange: fc.Arbitrary<Ports> = range(1, 65_535)
  .filter(([first, last]) => first < last)
  .map(([first, last]) => ({ first, last }))

const maskedWord = (name: string, value: Masked | undefined) =>
  value !== undefined &&
  `${name} ${typeof value === 'number' ? hexadecimal(value) : `${hexadecimal(value.value)}/${hexadecimal(value.mask)}`}`
const decimalWord = (name: string, value: Masked | undefined) =>
  value !== undefined && `${name} ${typeof value === 'number' ? value : `${value.value}/${value.mask}`}`

/** A number in decimal digits, its mask in hexadecimal ones. */
const ttlWord = (name: string, value: Masked | undefined) =>
  value !== undefined &&
  `${name} ${typeof value === 'number' ? value : `${value.value}/${value.mask.toString(16)}`}`

function portWord(name: string, value: Ports | undefined): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number') return `${name} ${value}`
  return 'first' in value ? `${name} ${value.first}-${value.last}` : `${name} ${value.value}/${value.mask}`
}

const bothPorts = (arbitrary: fc.Arbitrary<Ports>) =>
  some({ sourcePort: arbitrary, destinationPort: arbitrary })

const flowers: fc.Arbitrary<Written> = fc.constantFrom('inet', 'inet6').chain((family) =>
  fc
    .tuple(
      fc.oneof(
        fc
          .tuple(fc.constantFrom('tcp', 'udp', 'sctp'), fc.oneof(bothPorts(ports), bothPorts(portRange)))
          .map(([ipProtocol, own]) => ({ ipProtocol, ...own })),
        fc.record({ ipProtocol: fc.constant('tcp'), tcpFlags: fc.integer({ min: 1, max: 0xfff }) }),
        fc.record({
          ipProtocol: fc.constant(family === 'inet' ? 'icmp' : 'icmpv6'),
          icmpType: masked,
          icmpCode: masked,
        }),
        fc.record({ ipProtocol: fc.constantFrom(47, 89, 200) }),
      ),
      some({
        source: arbitraryPrefix(family),
        destination: arbitraryPrefix(family),
        tos: masked,
        ttl: masked,
        fragment: fc.boolean(),
        sourceLinkAddress: fc.constantFrom('02:00:00:00:00:01', '02:00:00:00:00:00/ff:ff:00:00:00:00'),
        hardware: fc.constant('skip'),
        tunnel: some({
          ...{
            key: fc.nat(0xffffffff),
            source: arbitraryPrefix('inet'),
            destination: arbitraryPrefix('inet'),
          },
          ...{ destinationPort: fc.integer({ min: 1, max: 65_535 }), tos: masked, ttl: masked },
        }),
      }),
      target,
    )
    .map(([payload, others, own]) => {
      const fields: Flower = { ...payload, ...others }
      const { tunnel = {}, ipProtocol } = fields
      return {
        ...one,
        protocol: family === 'inet' ? 'ip' : 'ipv6',
        type: flower({ ...fields, ...targetSettings(own) }),
        words: commandLine(
          'flower',
          fields.hardware && 'skip_hw',
          fields.sourceLinkAddress && `src_mac ${fields.sourceLinkAddress}`,
          ipProtocol !== undefined && `ip_proto ${hexOrName(ipProtocol)}`,
          fields.source && `src_ip ${fields.source}`,
          fields.destination && `dst_ip ${fields.destination}`,
          portWord('src_port', fields.sourcePort),
          portWord('dst_port', fields.destinationPort),
          maskedWord('tcp_flags', fields.tcpFlags),
          decimalWord('type', fields.icmpType),
          decimalWord('code', fields.icmpCode),
          maskedWord('ip_tos', fields.tos),
          ttlWord('ip_ttl', fields.ttl),
          fields.fragment !== undefined && `ip_flags ${fields.fragment ? 'frag' : 'nofrag'}`,
          tunnel.key !== undefined && `enc_key_id ${tunnel.key}`,
          tunnel.source && `enc_src_ip ${tunnel.source}`,
          tunnel.destination && `enc_dst_ip ${tunnel.destination}`,
          tunnel.destinationPort && `enc_dst_port ${tunnel.destinationPort}`,
          maskedWord('enc_tos', tunnel.tos),
          ttlWord('enc_ttl', tunnel.ttl),
          targetWords(own),
        ),
      }
    }),
)

function hexOrName(value: string | number): string {
  return typeof value === 'number' ? hexadecimal(value) : value
}

const words32 = fc
  .tuple(uint32, fc.integer({ min: 1, max: 0xffffffff }), fc.nat(15))
  .map(([value, mask, row]) => ({
    ...{ value: (value & mask) >>> 0, mask, offset: row * 4 },
  }))

const arbitrary: fc.Arbitrary<Written> = fc.oneof<fc.Arbitrary<Written>[]>(
  flowers,
  flowers,
  fc.tuple(target, some({ hardware: fc.constant('skip') })).map(([own, others]) => ({
    ...one,
    protocol: 'all',
    type: matchall({ ...others, ...targetSettings(own) }),
    words: commandLine('matchall', others.hardware && 'skip_hw', targetWords(own)),
  })),
  fc.tuple(target, some({ mask: fc.integer({ min: 1, max: 0xffffffff }) })).map(([own, { mask }]) => ({
    protocol: 'all',
    handle: (place) => place,
    handleWord: (place) => `handle ${place}${mask === undefined ? '' : `/${mask}`}`,
    type: fw({ ...(mask === undefined ? {} : { mask }), ...targetSettings(own) }),
    words: commandLine('fw', targetWords(own)),
  })),
  fc
    .tuple(
      fc.constantFrom('nf_mark', 'priority', 'pkt_len'),
      fc.constantFrom('eq', 'gt', 'lt'),
      uint32,
      fc.nat(0xffff),
      words32,
      target,
    )
    .map(([meta, relation, value, mask, key, own]) => ({
      ...one,
      protocol: 'all',
      type: basic({
        match: { any: [{ meta, relation, value, mask }, { not: { u32: key } }] },
        ...targetSettings(own),
      }),
      words: commandLine(
        `basic match meta(${meta} mask ${mask} ${relation} ${value})`,
        `or not u32(u32 ${hexadecimal(key.value)} ${hexadecimal(key.mask)} at ${key.offset})`,
        targetWords(own),
      ),
    })),
  fc
    .tuple(
      fc.uniqueArray(words32, {
        // `tc` makes one of two at the same place.
        selector: ({ offset }) => offset,
        minLength: 1,
        maxLength: 4,
      }),
      some({ mark: byte.map((value) => ({ value, mask: value | 0x100 })) }),
      target,
    )
    .map(([matches, { mark }, own]) => ({
      protocol: 'ip',
      handle: () => u32Handle(0, 0, 5),
      handleWord: () => 'handle ::5',
      type: u32Filter({ matches, ...(mark ? { mark } : {}), ...targetSettings(own) }),
      words: commandLine(
        'u32',
        ...matches.map(
          ({ value, mask, offset }) => `match u32 ${hexadecimal(value)} ${hexadecimal(mask)} at ${offset}`,
        ),
        mark && `match mark ${hexadecimal(mark.value)} ${hexadecimal(mark.mask)}`,
        targetWords(own),
      ),
    })),
)

const list = { device: 'v0', parent: 'egress' } as const

export const filters: Kind<Written> = {
  name: 'filter',
  count: 25,
  arbitrary,
  setUp: () => [
    'ip link add v0 index 900 type dummy',
    'ip link add v1 index 901 type dummy',
    'tc qdisc add dev v0 clsact',
  ],
  request: ({ type, protocol, handle }, priority) =>
    addFilter({ ...list, priority, protocol, handle: handle(priority), type }),
  line: ({ protocol, handleWord, words }, place) =>
    `tc filter add dev v0 egress pref ${place} protocol ${protocol} ${handleWord(place)} ${words}`,
  json: [],
  text: ['tc filter show dev v0 egress'],
  place: /\bpref (\d{4})\b/,
  // Numbers and ages that the kernel gives, u32 tables that are counted on.
  ignored: /\bindex \d+|\b(installed|used) \d+ sec|\b8[0-9a-f]{2}:/g,
  async printed(socket) {
    const dumped = await Array.fromAsync(socket.dump(dumpFilters(list)))
    return dumped
      .filter(
        ({ handle, options }) => handle !== 0 && options !== undefined && (handle & 0xfff || !options.u32),
      )
      .map((value) =>
        filterMessage.render(RTM_FILTER.NEW, tcVerbFlags.add, value).replaceAll(/ index \d+/g, ''),
      )
  },
}
