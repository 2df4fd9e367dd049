/** Policy routing rules (`RTM_*RULE`; linux/fib_rules.h). */
import { addressFamily, familyOf, familyOption } from './address-family.ts'
import { attributes, type Decoded } from './attribute.ts'
import { be64, choice, ipAddress, text, u8, u16, u32 } from './attribute-type.ts'
import { commandLine, option, type Words } from './command-line.ts'
import { parsePrefix } from './ip-address.ts'
import { type IpProtocol, ipProtocol } from './ip-protocol.ts'
import { command, MessageFormat, type MessageInput, NLM_F, query, verbFlags } from './message.ts'
import { type Realms, realms, renderRealms } from './route-realm.ts'
import { padding, struct } from './struct.ts'

export const RTM_RULE = { NEW: 32, DELETE: 33, GET: 34 } as const

const ruleActions = {
  unspec: 0,
  table: 1,
  goto: 2,
  nop: 3,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
} as const

const ruleHeader = struct('fib_rule_hdr', {
  family: addressFamily,
  destinationLength: u8,
  sourceLength: u8,
  tos: u8,
  /** The table, in requests where it is below 256; in answers `table` has it always. */
  shortTable: u8,
  reserved: padding(2),
  action: choice(u8, ruleActions),
  /** `ruleFlag` */
  flags: u32,
})

/** `FIB_RULE_*`; `INVERT`: the rule matches what it otherwise would not. */
export const ruleFlag = {
  PERMANENT: 0x1,
  INVERT: 0x2,
  UNRESOLVED: 0x4,
  IIF_DETACHED: 0x8,
  OIF_DETACHED: 0x10,
} as const

const portRange = struct('fib_rule_port_range', { first: u16, last: u16 })
const userRange = struct('fib_rule_uid_range', { first: u32, last: u32 })

const ruleAttributes = attributes({
  destination: [1, 'FRA_DST', ipAddress],
  source: [2, 'FRA_SRC', ipAddress],
  inputDevice: [3, 'FRA_IIFNAME', text],
  /** Priority of the rule to go on with. */
  goto: [4, 'FRA_GOTO', u32],
  priority: [6, 'FRA_PRIORITY', u32],
  fwMark: [10, 'FRA_FWMARK', u32],
  realms: [11, 'FRA_FLOW', realms],
  tunnelId: [12, 'FRA_TUN_ID', be64],
  suppressGroup: [13, 'FRA_SUPPRESS_IFGROUP', u32],
  suppressPrefixLength: [14, 'FRA_SUPPRESS_PREFIXLEN', u32],
  table: [15, 'FRA_TABLE', u32],
  fwMask: [16, 'FRA_FWMASK', u32],
  outputDevice: [17, 'FRA_OIFNAME', text],
  l3MasterDevice: [19, 'FRA_L3MDEV', u8],
  users: [20, 'FRA_UID_RANGE', userRange],
  protocol: [21, 'FRA_PROTOCOL', u8],
  payloadProtocol: [22, 'FRA_IP_PROTO', ipProtocol],
  sourcePorts: [23, 'FRA_SPORT_RANGE', portRange],
  destinationPorts: [24, 'FRA_DPORT_RANGE', portRange],
})

type RuleInput = MessageInput<typeof ruleHeader, typeof ruleAttributes>
export const ruleMessage = new MessageFormat(ruleHeader, ruleAttributes, renderRule)
export type Rule = Decoded<typeof ruleMessage>

const mainTable = 254

/** A port or user id, or the first and last of many. */
type Range = number | readonly [first: number, last: number]

export interface RuleKey {
  priority?: number
  /** The rule is for packets that do not match the rest. */
  not?: boolean
  /** Packets from this prefix; from everywhere when absent. */
  from?: string
  to?: string
  /** Inet when absent and no prefix tells. */
  family?: 'inet' | 'inet6'
  tos?: number
  inputDevice?: string
  outputDevice?: string
  fwMark?: number
  fwMask?: number
  payloadProtocol?: IpProtocol
  sourcePorts?: Range
  destinationPorts?: Range
  /** Users whose sockets send the packets. */
  users?: Range
  /** Key of the tunnel that a packet came by. */
  tunnelId?: bigint
  /** Where to look up; the main table when absent and no other action is given. */
  table?: number
  /** Look up in the table of the VRF that the packet's device belongs to. */
  l3MasterDevice?: boolean
  /** Ignores routes with a prefix of this length or shorter. */
  suppressPrefixLength?: number
  /** Ignores routes by devices of this group. */
  suppressGroup?: number
  /** Goes on with the rule of this priority. */
  goto?: number
  /** What to do instead of a look-up. */
  type?: 'blackhole' | 'unreachable' | 'prohibit' | 'nop'
  realms?: Realms
  /** Who made the rule, as in routes. */
  protocol?: number
}

/** Like `ip rule add ...`. Two equal rules with one priority are refused with EEXIST. */
export function addRule(rule: RuleKey) {
  const action = actionOf(rule) ?? 'table'
  const table = action === 'table' && !rule.l3MasterDevice ? mainTable : 0
  return command(ruleMessage, RTM_RULE.NEW, verbFlags.add, ruleValue({ table, ...rule }, action))
}

/** Deletes the first rule that has all the properties given; ENOENT where none has. Like `ip rule delete ...`. */
export function deleteRule(rule: RuleKey) {
  return command(ruleMessage, RTM_RULE.DELETE, 0, ruleValue(rule, actionOf(rule) ?? 'unspec'))
}

/** All rules of a family. Like `ip rule show`. */
export function dumpRules({ family = 'inet' }: { family?: 'inet' | 'inet6' } = {}) {
  return query(ruleMessage, RTM_RULE.GET, NLM_F.DUMP, { family })
}

function actionOf({ type, goto, l3MasterDevice }: RuleKey): keyof typeof ruleActions | undefined {
  if (goto !== undefined) return 'goto'
  return l3MasterDevice ? 'table' : type
}

function ruleValue(rule: RuleKey, action: keyof typeof ruleActions) {
  const { priority, from, to, inputDevice, outputDevice, fwMark, fwMask, table = 0, protocol, tos } = rule
  const source = from === undefined ? undefined : parsePrefix(from)
  const destination = to === undefined ? undefined : parsePrefix(to)
  const family = rule.family ?? familyOf(source?.address ?? destination?.address ?? '')
  const lengths = { destinationLength: destination?.length ?? 0, sourceLength: source?.length ?? 0 }
  const longTable = table > 255
  const flags = rule.not ? ruleFlag.INVERT : 0
  return {
    ...{ family, ...lengths, tos, shortTable: longTable ? 0 : table, action, flags },
    priority,
    source: source?.address,
    destination: destination?.address,
    fwMark,
    fwMask,
    inputDevice,
    outputDevice,
    payloadProtocol: rule.payloadProtocol,
    sourcePorts: rangeValue(rule.sourcePorts),
    destinationPorts: rangeValue(rule.destinationPorts),
    users: rangeValue(rule.users),
    tunnelId: rule.tunnelId,
    table: longTable ? table : undefined,
    l3MasterDevice: rule.l3MasterDevice ? 1 : undefined,
    suppressPrefixLength: rule.suppressPrefixLength,
    suppressGroup: rule.suppressGroup,
    goto: rule.goto,
    realms: rule.realms,
    protocol,
  } as const
}

function rangeValue(range: Range | undefined) {
  if (range === undefined) return undefined
  const [first, last] = typeof range === 'number' ? [range, range] : range
  return { first, last }
}

function renderRule(type: number, _flags: number, value: RuleInput): string {
  const ip = ['ip', familyOption(value.family), 'rule']
  if (type === RTM_RULE.GET) return commandLine(ip, 'show')
  const mask =
    value.fwMask === undefined || value.fwMask === 0xffffffff ? '' : `/${hexadecimal(value.fwMask)}`
  return commandLine(
    ip,
    type === RTM_RULE.DELETE ? 'delete' : 'add',
    ((value.flags ?? 0) & ruleFlag.INVERT) !== 0 && 'not',
    option('priority', value.priority),
    value.source && ['from', `${value.source}/${value.sourceLength ?? 0}`],
    value.destination && ['to', `${value.destination}/${value.destinationLength ?? 0}`],
    value.tos ? ['tos', hexadecimal(value.tos)] : undefined,
    value.fwMark === undefined ? undefined : ['fwmark', `${hexadecimal(value.fwMark)}${mask}`],
    option('iif', value.inputDevice),
    option('oif', value.outputDevice),
    option('ipproto', value.payloadProtocol),
    option('sport', renderRange(value.sourcePorts)),
    option('dport', renderRange(value.destinationPorts)),
    option('uidrange', value.users && `${value.users.first ?? 0}-${value.users.last ?? 0}`),
    option('tun_id', value.tunnelId),
    renderAction(value),
    renderRealms(value.realms),
    option('protocol', value.protocol),
  )
}

function renderAction(value: RuleInput): Words {
  const { table = value.shortTable, suppressPrefixLength, suppressGroup, action } = value
  if (action === 'goto') return ['goto', value.goto]
  if (action !== undefined && action !== 'table' && action !== 'unspec') return [action]
  return [
    value.l3MasterDevice ? 'l3mdev' : option('lookup', table === 0 ? undefined : table),
    option('suppress_prefixlength', unlessAbsent(suppressPrefixLength)),
    option('suppress_ifgroup', unlessAbsent(suppressGroup)),
  ]
}

/** In answers the kernel writes -1 for none. */
function unlessAbsent(value: number | undefined): number | undefined {
  return value === 0xffffffff ? undefined : value
}

function renderRange(range: { first?: number | undefined; last?: number | undefined } | undefined) {
  if (range === undefined) return undefined
  const { first = 0, last = 0 } = range
  return first === last ? first : `${first}-${last}`
}

function hexadecimal(value: number): string {
  return `0x${value.toString(16)}`
}
