/** What TCP remembers of other hosts: the generic netlink family `tcp_metrics` (linux/tcp_metrics.h). */
import { attributes, type Decoded } from './attribute.ts'
import { ipAddress, raw, s32, u16, u32, u64 } from './attribute-type.ts'
import { commandLine } from './command-line.ts'
import { genericFamily } from './generic.ts'

const TCP_METRICS_CMD = { GET: 1, DELETE: 2 } as const

/** `enum tcp_metric_index`, counted from 1 here. */
const metrics = attributes({
  roundTripMilliseconds: [1, 'TCP_METRIC_RTT', u32],
  roundTripVariationMilliseconds: [2, 'TCP_METRIC_RTTVAR', u32],
  slowStartThresholdSegments: [3, 'TCP_METRIC_SSTHRESH', u32],
  congestionWindowSegments: [4, 'TCP_METRIC_CWND', u32],
  reorderingSegments: [5, 'TCP_METRIC_REORDERING', u32],
  roundTripMicroseconds: [6, 'TCP_METRIC_RTT_US', u32],
  roundTripVariationMicroseconds: [7, 'TCP_METRIC_RTTVAR_US', u32],
})

const tcpMetrics = genericFamily(
  'tcp_metrics',
  1,
  attributes({
    address: [1, 'TCP_METRICS_ATTR_ADDR_IPV4', ipAddress],
    address6: [2, 'TCP_METRICS_ATTR_ADDR_IPV6', ipAddress],
    ageMilliseconds: [3, 'TCP_METRICS_ATTR_AGE', u64],
    timestampValue: [4, 'TCP_METRICS_ATTR_TW_TSVAL', u32],
    timestampAgeSeconds: [5, 'TCP_METRICS_ATTR_TW_TS_STAMP', s32],
    values: [6, 'TCP_METRICS_ATTR_VALS', metrics],
    fastOpenSegmentBytes: [7, 'TCP_METRICS_ATTR_FOPEN_MSS', u16],
    fastOpenSynDrops: [8, 'TCP_METRICS_ATTR_FOPEN_SYN_DROPS', u16],
    fastOpenSynDropMilliseconds: [9, 'TCP_METRICS_ATTR_FOPEN_SYN_DROP_TS', u64],
    fastOpenCookie: [10, 'TCP_METRICS_ATTR_FOPEN_COOKIE', raw],
    source: [11, 'TCP_METRICS_ATTR_SADDR_IPV4', ipAddress],
    source6: [12, 'TCP_METRICS_ATTR_SADDR_IPV6', ipAddress],
  }),
  (command, dumps, { address, address6 }) => {
    const verb = command === TCP_METRICS_CMD.DELETE ? 'delete' : dumps ? 'show' : 'get'
    return commandLine('ip tcp_metrics', verb, address ?? address6)
  },
)

export const tcpMetricsMessage = tcpMetrics.format
export type TcpMetrics = Decoded<typeof tcpMetricsMessage>

/** What is remembered of one host; ESRCH where nothing is. Like `ip tcp_metrics get ADDRESS`. */
export function getTcpMetrics(address: string) {
  return tcpMetrics.query(TCP_METRICS_CMD.GET, which(address))
}

/** What is remembered of all hosts. Like `ip tcp_metrics show`. */
export function dumpTcpMetrics() {
  return tcpMetrics.dump(TCP_METRICS_CMD.GET, {})
}

/** Forgets one host; ESRCH where nothing is remembered. Like `ip tcp_metrics delete ADDRESS`. */
export function deleteTcpMetrics(address: string) {
  return tcpMetrics.command(TCP_METRICS_CMD.DELETE, which(address))
}

function which(address: string) {
  return address.includes(':') ? { address6: address } : { address }
}
