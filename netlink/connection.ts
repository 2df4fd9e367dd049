/**
 * Connections that the kernel tracks: nfnetlink, subsystem ctnetlink (linux/netfilter/nfnetlink.h, nfnetlink_conntrack.h). For
 * sockets of the protocol `netfilter`.
 */
import { addressFamily } from './address-family.ts'
import { attributes, type Decoded, flagged } from './attribute.ts'
import { be16, be32, ipAddress, u8 } from './attribute-type.ts'
import { commandLine, option } from './command-line.ts'
import { ipProtocol } from './ip-protocol.ts'
import { command, MessageFormat, NLM_F, query } from './message.ts'
import { struct } from './struct.ts'

/** NFNL_SUBSYS_CTNETLINK << 8 with IPCTNL_MSG_CT_*: notifications of a new connection have the number of one that is set. */
export const CTNL_MSG = { NEW: 0x100, GET: 0x101, DELETE: 0x102 } as const
/** NFNLGRP_CONNTRACK_NEW, _DESTROY (linux/netfilter/nfnetlink_compat.h) */
export const connectionGroups = { new: 1, destroy: 3 } as const

const connectionHeader = struct('nfgenmsg', { family: addressFamily, version: u8, resource: be16 })

const tupleAttributes = flagged(
  attributes({
    addresses: [
      1,
      'CTA_TUPLE_IP',
      flagged(
        attributes({
          source: [1, 'CTA_IP_V4_SRC', ipAddress],
          destination: [2, 'CTA_IP_V4_DST', ipAddress],
          source6: [3, 'CTA_IP_V6_SRC', ipAddress],
          destination6: [4, 'CTA_IP_V6_DST', ipAddress],
        }),
      ),
    ],
    protocol: [
      2,
      'CTA_TUPLE_PROTO',
      flagged(
        attributes({
          number: [1, 'CTA_PROTO_NUM', ipProtocol],
          sourcePort: [2, 'CTA_PROTO_SRC_PORT', be16],
          destinationPort: [3, 'CTA_PROTO_DST_PORT', be16],
          icmpId: [4, 'CTA_PROTO_ICMP_ID', be16],
          icmpType: [5, 'CTA_PROTO_ICMP_TYPE', u8],
          icmpCode: [6, 'CTA_PROTO_ICMP_CODE', u8],
        }),
      ),
    ],
  }),
)

export const connectionAttributes = attributes({
  /** What the first packet was, before it was translated. */
  original: [1, 'CTA_TUPLE_ORIG', tupleAttributes],
  /** What an answer is as it arrives: it goes to the translated address. */
  reply: [2, 'CTA_TUPLE_REPLY', tupleAttributes],
  /** Bits `IPS_*` (linux/netfilter/nf_conntrack_common.h). */
  status: [3, 'CTA_STATUS', be32],
  /** Seconds until it is forgotten. */
  timeout: [7, 'CTA_TIMEOUT', be32],
  mark: [8, 'CTA_MARK', be32],
  id: [12, 'CTA_ID', be32],
  zone: [18, 'CTA_ZONE', be16],
})

export const connectionMessage = new MessageFormat(
  connectionHeader,
  connectionAttributes,
  (type, flags, { original, zone }) =>
    commandLine(
      'conntrack',
      type === CTNL_MSG.DELETE ? '-D' : (flags & NLM_F.DUMP) === NLM_F.DUMP ? '-L' : '-G',
      option('-w', zone),
      option('-p', original?.protocol?.number),
      option('-s', original?.addresses?.source),
      option('-d', original?.addresses?.destination),
      option('--sport', original?.protocol?.sourcePort),
      option('--dport', original?.protocol?.destinationPort),
    ),
)
export type Connection = Decoded<typeof connectionMessage>
export type ConnectionTuple = NonNullable<Connection['original']>

/** What a monitor of connections tells. */
export interface ConnectionEvent {
  object: 'connection'
  change: 'new' | 'delete'
  value: Connection
}

/** All connections of IPv4, whatever their zone. Like `conntrack -L`. */
export function dumpConnections() {
  return query(connectionMessage, CTNL_MSG.GET, NLM_F.DUMP, { family: 'inet' })
}

/** One connection; ENOENT where there is none. Without a tuple the kernel would end all, so one is asked for. Like `conntrack -D -w ZONE -p PROTOCOL -s SOURCE ...`. */
export function deleteConnection({
  original,
  zone,
}: {
  original: ConnectionTuple
  zone?: number | undefined
}) {
  return command(connectionMessage, CTNL_MSG.DELETE, 0, { family: 'inet', original, zone })
}

/** Reads a notification. */
export function decodeConnectionEvent(type: number, body: Buffer): ConnectionEvent | undefined {
  if (type !== CTNL_MSG.NEW && type !== CTNL_MSG.DELETE) return undefined
  const change = type === CTNL_MSG.NEW ? 'new' : 'delete'
  return { object: 'connection', change, value: connectionMessage.read(body) }
}
