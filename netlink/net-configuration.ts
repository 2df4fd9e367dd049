/** The forwarding settings of interfaces, which are sysctls otherwise (`RTM_*NETCONF`; linux/netconf.h). They can be read and watched. */
import { addressFamily } from './address-family.ts'
import { attributes, type Decoded } from './attribute.ts'
import { interfaceIndex, s32 } from './attribute-type.ts'
import { commandLine, deviceName, option } from './command-line.ts'
import { MessageFormat, type MessageInput, NLM_F, query } from './message.ts'
import { padding, struct } from './struct.ts'

export const RTM_NET_CONFIGURATION = { NEW: 80, DELETE: 81, GET: 82 } as const

const configurationHeader = struct('netconfmsg', { family: addressFamily, reserved: padding(3) })
const configurationAttributes = attributes({
  /** -1 for all interfaces, -2 for those to come. */
  device: [1, 'NETCONFA_IFINDEX', interfaceIndex],
  forwarding: [2, 'NETCONFA_FORWARDING', s32],
  /** 0 no, 1 strict, 2 loose. */
  reversePathFilter: [3, 'NETCONFA_RP_FILTER', s32],
  multicastForwarding: [4, 'NETCONFA_MC_FORWARDING', s32],
  proxyNeighbours: [5, 'NETCONFA_PROXY_NEIGH', s32],
  ignoreRoutesWithLinkDown: [6, 'NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN', s32],
  mplsInput: [7, 'NETCONFA_INPUT', s32],
  broadcastForwarding: [8, 'NETCONFA_BC_FORWARDING', s32],
})

type ConfigurationInput = MessageInput<typeof configurationHeader, typeof configurationAttributes>
export const netConfigurationMessage = new MessageFormat(
  configurationHeader,
  configurationAttributes,
  renderConfiguration,
)
export type NetConfiguration = Decoded<typeof netConfigurationMessage>

type Family = 'inet' | 'inet6' | 'mpls'

/** Of one interface. Like `ip netconf show dev DEVICE`. */
export function getNetConfiguration(device: string | number, { family = 'inet' }: { family?: Family } = {}) {
  return query(netConfigurationMessage, RTM_NET_CONFIGURATION.GET, 0, { family, device })
}

/** Of all interfaces and families, or of one family. Like `ip netconf show`. */
export function dumpNetConfigurations({ family = 'unspec' }: { family?: Family | 'unspec' } = {}) {
  return query(netConfigurationMessage, RTM_NET_CONFIGURATION.GET, NLM_F.DUMP, { family })
}

function renderConfiguration(_type: number, _flags: number, { family, device }: ConfigurationInput): string {
  const which = family === 'inet6' ? '-6' : family === 'mpls' ? '-M' : undefined
  return commandLine('ip', which, 'netconf show', option('dev', deviceName(device)))
}
