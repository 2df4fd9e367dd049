import { attributes, type Encodable } from './attribute.ts'
import { choice, u32, unterminatedText } from './attribute-type.ts'
import type { Words } from './command-line.ts'

/** `RTAX_*` (linux/rtnetlink.h). Windows and thresholds count segments where their names say no unit. */
export const routeMetrics = attributes({
  /** Bytes. */
  mtu: [2, 'RTAX_MTU', u32],
  windowBytes: [3, 'RTAX_WINDOW', u32],
  roundTripTimeEighthMilliseconds: [4, 'RTAX_RTT', u32],
  roundTripVarianceQuarterMilliseconds: [5, 'RTAX_RTTVAR', u32],
  slowStartThreshold: [6, 'RTAX_SSTHRESH', u32],
  congestionWindow: [7, 'RTAX_CWND', u32],
  /** Bytes. */
  advertisedMss: [8, 'RTAX_ADVMSS', u32],
  reordering: [9, 'RTAX_REORDERING', u32],
  hopLimit: [10, 'RTAX_HOPLIMIT', u32],
  initialCongestionWindow: [11, 'RTAX_INITCWND', u32],
  features: [12, 'RTAX_FEATURES', choice(u32, { ecn: 1 })],
  initialReceiveWindow: [14, 'RTAX_INITRWND', u32],
  /** 1: acknowledge at once. */
  quickAck: [15, 'RTAX_QUICKACK', u32],
  congestionAlgorithm: [16, 'RTAX_CC_ALGO', unterminatedText],
  /** 1: TCP fast open without a cookie. */
  fastOpenWithoutCookie: [17, 'RTAX_FASTOPEN_NO_COOKIE', u32],
  minimumRetransmissionMilliseconds: [13, 'RTAX_RTO_MIN', u32],
  /** A bit for each metric that the kernel may not change: 1 << its number. */
  lockedMask: [1, 'RTAX_LOCK', u32],
})

/** What `ip` calls them, in the order of printing. */
const words = {
  mtu: 'mtu',
  windowBytes: 'window',
  roundTripTimeEighthMilliseconds: 'rtt',
  roundTripVarianceQuarterMilliseconds: 'rttvar',
  slowStartThreshold: 'ssthresh',
  congestionWindow: 'cwnd',
  advertisedMss: 'advmss',
  reordering: 'reordering',
  hopLimit: 'hoplimit',
  initialCongestionWindow: 'initcwnd',
  features: 'features',
  initialReceiveWindow: 'initrwnd',
  quickAck: 'quickack',
  congestionAlgorithm: 'congctl',
  fastOpenWithoutCookie: 'fastopen_no_cookie',
  minimumRetransmissionMilliseconds: 'rto_min',
} as const
type MetricName = keyof typeof words

export type RouteMetrics = Pick<Encodable<typeof routeMetrics>, MetricName> & {
  /** Those that the kernel may not change by what it learns (`mtu lock 1400`). */
  locked?: readonly MetricName[]
}

/** The metrics of a route with the bits of those that are locked. */
export function routeMetricsValue({ locked = [], ...metrics }: RouteMetrics) {
  // The kernel heeds this one only when locked, and `ip` always locks it.
  const always: MetricName[] =
    metrics.minimumRetransmissionMilliseconds === undefined ? [] : ['minimumRetransmissionMilliseconds']
  const mask = [...locked, ...always].reduce((bits, name) => bits | bitOf(name), 0)
  return { ...metrics, lockedMask: mask === 0 ? undefined : mask >>> 0 }
}

export function renderRouteMetrics(value: Encodable<typeof routeMetrics> | undefined): Words {
  if (value === undefined) return []
  return (Object.keys(words) as MetricName[]).map((name) => {
    if (value[name] === undefined) return undefined
    if (name === 'minimumRetransmissionMilliseconds') return `rto_min ${value[name]}ms`
    const locked = ((value.lockedMask ?? 0) & bitOf(name)) !== 0
    return [words[name], locked && 'lock', value[name]]
  })
}

function bitOf(name: MetricName): number {
  return 1 << routeMetrics.rows[name][0]
}
