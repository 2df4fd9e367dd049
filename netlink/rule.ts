/** Policy routing rules (`RTM_*RULE`; linux/fib_rules.h). */
import { addressFamily, familyOf, familyOption } from './address-family.ts'
import { attributes, type Decoded } from './attribute.ts'
import { choice, ipAddress, text, u8, u32 } from './attribute-type.ts'
import { commandLine, option } from './command-line.ts'
import { parsePrefix } from './ip-address.ts'
import { command, MessageFormat, type MessageInput, NLM_F, query, verbFlags } from './message.ts'
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
  /** Bit 0x2: the rule matches what the others do not (`not`). */
  flags: u32,
})

const ruleAttributes = attributes({
  destination: [1, 'FRA_DST', ipAddress],
  source: [2, 'FRA_SRC', ipAddress],
  inputDevice: [3, 'FRA_IIFNAME', text],
  priority: [6, 'FRA_PRIORITY', u32],
  fwMark: [10, 'FRA_FWMARK', u32],
  suppressPrefixLength: [14, 'FRA_SUPPRESS_PREFIXLEN', u32],
  table: [15, 'FRA_TABLE', u32],
  fwMask: [16, 'FRA_FWMASK', u32],
  outputDevice: [17, 'FRA_OIFNAME', text],
  protocol: [21, 'FRA_PROTOCOL', u8],
})

type RuleInput = MessageInput<typeof ruleHeader, typeof ruleAttributes>
export const ruleMessage = new MessageFormat(ruleHeader, ruleAttributes, renderRule)
export type Rule = Decoded<typeof ruleMessage>

const mainTable = 254

export interface RuleKey {
  priority?: number
  /** Packets from this prefix; from everywhere when absent. */
  from?: string
  to?: string
  /** Inet when absent and no prefix tells. */
  family?: 'inet' | 'inet6'
  inputDevice?: string
  outputDevice?: string
  fwMark?: number
  fwMask?: number
  /** Where to look up; the main table when absent. */
  table?: number
  /** Who made the rule, as in routes. */
  protocol?: number
}

/** Like `ip rule add ...`. Two equal rules with one priority are refused with EEXIST. */
export function addRule(rule: RuleKey) {
  return command(ruleMessage, RTM_RULE.NEW, verbFlags.add, ruleValue({ table: mainTable, ...rule }, 'table'))
}

/** Deletes the first rule that has all the properties given; ENOENT where none has. Like `ip rule delete ...`. */
export function deleteRule(rule: RuleKey) {
  return command(ruleMessage, RTM_RULE.DELETE, 0, ruleValue(rule, 'unspec'))
}

/** All rules of a family. Like `ip rule show`. */
export function dumpRules({ family = 'inet' }: { family?: 'inet' | 'inet6' } = {}) {
  return query(ruleMessage, RTM_RULE.GET, NLM_F.DUMP, { family })
}

function ruleValue(rule: RuleKey, action: 'table' | 'unspec') {
  const { priority, from, to, inputDevice, outputDevice, fwMark, fwMask, table = 0, protocol } = rule
  const source = from === undefined ? undefined : parsePrefix(from)
  const destination = to === undefined ? undefined : parsePrefix(to)
  const family = rule.family ?? familyOf(source?.address ?? destination?.address ?? '')
  const lengths = { destinationLength: destination?.length ?? 0, sourceLength: source?.length ?? 0 }
  const longTable = table > 255
  return {
    ...{ family, ...lengths, shortTable: longTable ? 0 : table, action },
    priority,
    source: source?.address,
    destination: destination?.address,
    fwMark,
    fwMask,
    inputDevice,
    outputDevice,
    table: longTable ? table : undefined,
    protocol,
  } as const
}

function renderRule(type: number, _flags: number, value: RuleInput): string {
  const ip = ['ip', familyOption(value.family), 'rule']
  if (type === RTM_RULE.GET) return commandLine(ip, 'show')
  const mask =
    value.fwMask === undefined || value.fwMask === 0xffffffff ? '' : `/${hexadecimal(value.fwMask)}`
  const table = value.table ?? value.shortTable
  return commandLine(
    ip,
    type === RTM_RULE.DELETE ? 'delete' : 'add',
    option('priority', value.priority),
    value.source && ['from', `${value.source}/${value.sourceLength ?? 0}`],
    value.destination && ['to', `${value.destination}/${value.destinationLength ?? 0}`],
    value.fwMark === undefined ? undefined : ['fwmark', `${hexadecimal(value.fwMark)}${mask}`],
    option('iif', value.inputDevice),
    option('oif', value.outputDevice),
    option('lookup', table === 0 ? undefined : table),
    option('protocol', value.protocol),
  )
}

function hexadecimal(value: number): string {
  return `0x${value.toString(16)}`
}
