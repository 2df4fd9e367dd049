/** Generated policy routing rules, each with a priority of its own. */
import fc from 'fast-check'
import { commandLine } from '../command-line.ts'
import { addRule, dumpRules, type Rule, type RuleKey, ruleFlag } from '../rule.ts'
import { arbitraryPrefix, hexadecimal, range, some, unnamedProtocol } from './generated.ts'
import type { Kind } from './twins.ts'

const uint32 = fc.nat(0xfffffffe)
const realm = fc.integer({ min: 1, max: 255 })
const deviceNames = fc.constantFrom('lo', 'v0', 'missing')
const payloadProtocol = fc.oneof(
  fc.constantFrom('icmp', 'tcp', 'udp', 'gre', 'ipv6-icmp', 'sctp'),
  // Without a name in /etc/protocols.
  fc.constantFrom(100, 200, 251),
)

const action: fc.Arbitrary<Partial<RuleKey>> = fc.oneof(
  some({ table: fc.oneof(fc.integer({ min: 1, max: 255 }), fc.integer({ min: 256, max: 0xfffffffe })) }),
  fc.record({
    table: fc.integer({ min: 300, max: 5000 }),
    suppressPrefixLength: fc.nat(32),
    suppressGroup: fc.nat(1000),
  }),
  fc.record({ type: fc.constantFrom('blackhole', 'unreachable', 'prohibit', 'nop') }),
  fc.record({ goto: fc.integer({ min: 20_000, max: 40_000 }) }),
  fc.constant({ l3MasterDevice: true }),
)

const arbitrary: fc.Arbitrary<RuleKey> = fc.constantFrom('inet', 'inet6').chain((family) =>
  fc
    .tuple(
      some({
        not: fc.boolean(),
        from: arbitraryPrefix(family),
        to: arbitraryPrefix(family),
        // The bits of RFC 1349; IPv4 refuses others.
        tos: fc.nat(7).map((bits) => bits * 4),
        inputDevice: deviceNames,
        outputDevice: deviceNames,
        fwMark: uint32,
        payloadProtocol,
        sourcePorts: fc.oneof(fc.integer({ min: 1, max: 65_534 }), range(1, 65_534)),
        destinationPorts: range(1, 65_534),
        users: range(0, 0xfffffffe),
        tunnelId: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
        protocol: unnamedProtocol,
      }),
      some({ fwMask: uint32 }),
      some({ realms: fc.record({ from: realm, to: realm }) }),
      action,
    )
    .map(([matches, { fwMask }, { realms }, what]) => ({
      family,
      ...matches,
      ...what,
      ...(matches.fwMark !== undefined && fwMask !== undefined ? { fwMask } : {}),
      ...(family === 'inet' && realms ? { realms } : {}),
    })),
)

function ports(value: RuleKey['sourcePorts']): string | undefined {
  return value === undefined ? undefined : [value].flat().join('-')
}

function line(rule: RuleKey, place: number): string {
  const { not, from, to, tos, fwMark, fwMask, users, tunnelId, realms } = rule
  return commandLine(
    rule.family === 'inet6' ? 'ip -6 rule add' : 'ip rule add',
    not && 'not',
    `pref ${place}`,
    `from ${from ?? 'all'}`,
    to && `to ${to}`,
    tos !== undefined && `dsfield ${hexadecimal(tos)}`,
    fwMark !== undefined && `fwmark ${fwMark}${fwMask === undefined ? '' : `/${fwMask}`}`,
    rule.inputDevice && `iif ${rule.inputDevice}`,
    rule.outputDevice && `oif ${rule.outputDevice}`,
    rule.payloadProtocol && `ipproto ${rule.payloadProtocol}`,
    rule.sourcePorts && `sport ${ports(rule.sourcePorts)}`,
    rule.destinationPorts && `dport ${ports(rule.destinationPorts)}`,
    users && `uidrange ${[users].flat().join('-')}`,
    tunnelId !== undefined && `tun_id ${tunnelId}`,
    realms && `realms ${realms.from}/${realms.to}`,
    rule.table !== undefined && `table ${rule.table}`,
    rule.suppressPrefixLength !== undefined && `suppress_prefixlength ${rule.suppressPrefixLength}`,
    rule.suppressGroup !== undefined && `suppress_ifgroup ${rule.suppressGroup}`,
    rule.type,
    rule.goto && `goto ${rule.goto}`,
    rule.l3MasterDevice && 'l3mdev',
    rule.protocol !== undefined && `protocol ${rule.protocol}`,
  )
}

const tableNames: Readonly<Record<number, string>> = { 253: 'default', 254: 'main', 255: 'local' }
const protocolNames = ['unspec', 'redirect', 'kernel', 'boot', 'static'] as const
const bits = { inet: 32, inet6: 128 } as const

function prefix(name: 'src' | 'dst', address: string | undefined, length: number, whole: number): object {
  if (address === undefined) return name === 'src' ? { src: 'all' } : {}
  return { [name]: address, ...(length < whole ? { [`${name}len`]: length } : {}) }
}

function ported(name: string, ports: { first: number; last: number } | undefined): object {
  if (ports === undefined) return {}
  const { first, last } = ports
  return first === last ? { [name]: first } : { [`${name}_start`]: first, [`${name}_end`]: last }
}

/** As `%#x` of C writes it. */
function marked(number: number): string {
  return number === 0 ? '0' : hexadecimal(number)
}

/** As `ip -j -d rule show` says it. */
function shown(rule: Rule): object {
  const { flags, action: kind, fwMark, fwMask = 0xffffffff, realms, suppressPrefixLength, table = 0 } = rule
  const { suppressGroup, users, payloadProtocol: payload, protocol = 0, priority = 0 } = rule
  const whole = rule.family === 'inet6' ? bits.inet6 : bits.inet
  return {
    priority,
    ...(flags & ruleFlag.INVERT ? { not: null } : {}),
    ...prefix('src', rule.source, rule.sourceLength, whole),
    ...prefix('dst', rule.destination, rule.destinationLength, whole),
    ...(rule.tos ? { tos: `0x${rule.tos.toString(16).padStart(2, '0')}` } : {}),
    ...(fwMark || fwMask !== 0xffffffff ? { fwmark: marked(fwMark ?? 0) } : {}),
    ...(fwMask === 0xffffffff ? {} : { fwmask: marked(fwMask) }),
    ...(rule.inputDevice ? { iif: rule.inputDevice } : {}),
    ...(flags & ruleFlag.IIF_DETACHED ? { iif_detached: null } : {}),
    ...(rule.outputDevice ? { oif: rule.outputDevice } : {}),
    ...(flags & ruleFlag.OIF_DETACHED ? { oif_detached: null } : {}),
    ...(rule.l3MasterDevice ? { l3mdev: null } : {}),
    ...(users ? { uid_start: users.first, uid_end: users.last } : {}),
    ...(payload === undefined
      ? {}
      : { ipproto: typeof payload === 'number' ? `ipproto-${payload}` : payload }),
    ...ported('sport', rule.sourcePorts),
    ...ported('dport', rule.destinationPorts),
    ...(rule.tunnelId ? { tun_id: rule.tunnelId } : {}),
    ...(table > 0 ? { table: tableNames[table] ?? String(table) } : {}),
    ...(suppressPrefixLength !== 0xffffffff && table > 0 ? { suppress_prefixlen: suppressPrefixLength } : {}),
    ...(suppressGroup !== undefined && suppressGroup !== 0xffffffff
      ? { suppress_ifgroup: suppressGroup === 0 ? 'default' : String(suppressGroup) }
      : {}),
    ...(realms?.from ? { flow_from: String(realms.from) } : {}),
    ...(realms ? { flow_to: String(realms.to) } : {}),
    ...(kind === 'goto' ? { goto: rule.goto } : {}),
    ...(flags & ruleFlag.UNRESOLVED ? { unresolved: null } : {}),
    ...(kind === 'nop' ? { nop: null } : {}),
    ...(kind === 'blackhole' || kind === 'unreachable' || kind === 'prohibit' ? { action: kind } : {}),
    protocol: protocolNames[protocol] ?? String(protocol),
  }
}

export const rules: Kind<RuleKey> = {
  name: 'rule',
  count: 25,
  arbitrary,
  setUp: () => ['ip link add v0 type dummy'],
  request: (rule, priority) => addRule({ ...rule, priority }),
  line,
  json: ['ip rule show', 'ip -6 rule show'],
  place: /"priority":(\d{4})\b/,
  async dump(socket) {
    const both = await Promise.all(
      (['inet', 'inet6'] as const).map((family) => Array.fromAsync(socket.dump(dumpRules({ family })))),
    )
    return both.flat().map(shown)
  },
}
