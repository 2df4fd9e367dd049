/** A run of the tour as it could have been, for the tests of the report and for looking at the page. */
import type { Check, Evidence, Handover, Report, Series, Step } from './report.ts'

/** A reproducible sequence between 0 and 1 (linear congruential, Numerical Recipes). */
function noise(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    return state / 2 ** 32
  }
}

function holds(id: string, what: string, expected: string, seen = expected): Check {
  return { id, what, expected, seen, holds: true }
}

function step(
  id: string,
  title: string,
  atSeconds: number,
  durationSeconds: number,
  checks: Check[],
  evidence: Evidence[] = [],
): Step {
  return { id, title, atSeconds, durationSeconds, checks, evidence }
}

const random = noise(7)

function goodput(
  fromSeconds: number,
  toSeconds: number,
  rate: (atSeconds: number) => number,
): Series['points'] {
  const points: Series['points'] = []
  for (let at = fromSeconds; at <= toSeconds; at += 0.5)
    points.push({ atSeconds: at, value: Math.round(rate(at) * (0.985 + random() * 0.03) * 100) / 100 })
  return points
}

const series: Series[] = [
  {
    id: 'goodput-mn1',
    what: 'Goodput of mn1',
    unit: 'Mbit/s',
    points: [
      ...goodput(9, 15, () => 3.82),
      ...goodput(17, 33, (at) => (at < 21.6 ? 3.82 : at < 28.4 ? 19.1 : 3.82)),
      ...goodput(46, 54, () => 3.82),
    ],
    marks: [
      { atSeconds: 21.4, label: 'operator: gold' },
      { atSeconds: 28.2, label: 'volume quota used up: bronze' },
    ],
    reference: [
      { fromSeconds: 9, toSeconds: 21.4, value: 3.82, label: 'bronze 4 Mbit/s' },
      { fromSeconds: 21.4, toSeconds: 28.2, value: 19.1, label: 'gold 20 Mbit/s' },
      { fromSeconds: 28.2, toSeconds: 54, value: 3.82, label: 'bronze 4 Mbit/s' },
    ],
  },
  {
    id: 'goodput-mn2',
    what: 'Goodput of mn2',
    unit: 'Mbit/s',
    points: goodput(46, 54, () => 9.55),
    marks: [
      { atSeconds: 45.2, label: 'mn2 joins with silver' },
      { atSeconds: 46, label: 'both at once' },
    ],
    reference: [{ fromSeconds: 46, toSeconds: 54, value: 9.55, label: 'silver 10 Mbit/s' }],
  },
]

function handover(): Handover {
  const arrivals: Handover['arrivals'] = []
  for (let sequence = 4880; sequence < 5180; sequence += 1) {
    const sentAt = 36.0 + sequence / 1000
    if (sentAt > 41.0 && sentAt < 41.0464) continue
    arrivals.push({ atSeconds: sentAt + 0.0008 + random() * 0.0006, sequence })
  }
  return {
    node: 'mn1',
    from: 'a1',
    to: 'a2',
    atSeconds: 41.0,
    gapMilliseconds: 47.2,
    lostPackets: 46,
    sentPackets: 10_000,
    arrivals,
  }
}

const qdisc = `class htb 1:a parent 1: leaf a: prio 0 rate 1Gbit ceil 1Gbit burst 1375b cburst 1375b
 Sent 2385822 bytes 1591 pkt (dropped 0, overlimits 0 requeues 0)
class htb a:10 root leaf 8001: prio 3 rate 4Mbit ceil 4Mbit burst 1600b cburst 1600b
 Sent 2385822 bytes 1591 pkt (dropped 12, overlimits 1480 requeues 0)
 backlog 0b 0p requeues 0`

export const sampleReport: Report = {
  schema: 1,
  scenario: 'tour',
  title: 'The tour: a mobile node registers, its profile follows it, and nothing is left behind',
  kernel: {
    kind: 'user-mode-linux',
    release: '6.1.0-32um',
    why: 'the native kernel lacks the drivers ipip, sch_htb and cls_flower',
  },
  startedAt: '2026-02-11T09:41:07.000Z',
  durationSeconds: 74.3,
  holds: true,
  steps: [
    step('topology', 'The network stands and all roles are ready', 0, 6.4, [
      holds('ready', 'Roles that say they are ready', '7 of 7'),
      holds('leftover', 'Tunnels at the home agent before the first registration', 'none'),
    ]),
    step(
      'a',
      'mn1 hears an agent advertisement and registers',
      6.4,
      2.3,
      [
        holds(
          'advertisement',
          'Agent advertisement seen on the access link (ICMP type 9, extension 16)',
          'at least 1',
          '2',
        ),
        holds('reply-code', 'Reply code of the registration', '0 (accepted)'),
        holds(
          'diameter',
          'Diameter messages between the servers',
          'AMR, HAR, HAA, AMA, all with Result-Code 2001',
        ),
        holds('tunnel', 'Tunnel at the home agent', 'ipip 10.0.1.2 → 10.1.1.2'),
        holds('class', 'HTB class of mn1 at the home agent', 'rate 4Mbit ceil 4Mbit prio 3'),
        holds(
          'order',
          'The datapath stood before the reply reached the node',
          'class older than reply',
          'class 3.1 ms older',
        ),
      ],
      [
        {
          host: 'ha',
          command: 'ip -d link show type ipip',
          output: `12: sj-1: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1480 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\n    link/ipip 10.0.1.2 peer 10.1.1.2 promiscuity 0  allmulti 0 minmtu 0 maxmtu 0\n    ipip ipip remote 10.1.1.2 local 10.0.1.2 ttl 64 pmtudisc numtxqueues 1 numrxqueues 1`,
        },
        {
          host: 'ha',
          command: 'ip route show table 434',
          output: '192.0.2.11 dev sj-1 proto 143 scope link',
        },
        { host: 'ha', command: 'tc -s class show dev core0', output: qdisc },
        {
          host: 'mn1',
          command: "tshark -r captures/a1.pcap -Y 'udp.port == 434' -T fields -e mip.type -e mip.code",
          output: '1\t\n3\t0\n',
        },
      ],
    ),
    step(
      'b',
      'iperf3 from the correspondent gives mn1 the bronze rate',
      8.7,
      6.8,
      [holds('rate', 'Goodput of mn1', '3.82 Mbit/s ± 5 %', '3.81 Mbit/s')],
      [
        {
          host: 'cn',
          command: 'iperf3 -c 192.0.2.11 -t 6 -i 0.5 -J',
          output: `[ ID] Interval           Transfer     Bitrate\n[  5]   0.00-6.00   sec  2.74 MBytes  3.83 Mbits/sec  sender\n[  5]   0.00-6.02   sec  2.73 MBytes  3.81 Mbits/sec  receiver`,
        },
      ],
    ),
    step(
      'c',
      'An operator switches mn1 to gold in mid-stream',
      15.5,
      11.2,
      [
        holds('answer', 'Answer of the operator API', 'revision 2 at ha.home.example and fa1.a.example'),
        holds('rate', 'Goodput of mn1 after the change', '19.1 Mbit/s ± 5 %', '19.04 Mbit/s'),
        holds('connection', 'The TCP connection of iperf3', 'the same, no reset'),
        holds('drops', 'Packets dropped by the change at both agents', '0'),
      ],
      [
        {
          host: 'hs',
          command:
            'curl -X PUT http://127.0.0.1:8080/v1/subscribers/mn1@home.example/profile -d {"profile":"gold"}',
          output:
            '{"revision":2,"nodes":{"ha.home.example":{"revision":2,"milliseconds":6.1},"fa1.a.example":{"revision":2,"milliseconds":9.4}}}',
        },
      ],
    ),
    step('d', 'The volume quota is used up: the profile falls back by itself', 26.7, 7.3, [
      holds('decision', 'Layer that decides the profile', 'condition (volume exceeds 12MB)'),
      holds('rate', 'Goodput of mn1 after the change', '3.82 Mbit/s ± 5 %', '3.84 Mbit/s'),
    ]),
    step(
      'e',
      'mn1 moves from a1 to a2 under 1,000 packets a second',
      34.0,
      10.9,
      [
        holds('gap', 'Longest time without a packet', 'below 500 ms', '47.2 ms'),
        holds('route', 'Care-of address of mn1 at the home agent', '10.1.2.2'),
        holds('a1', 'Left behind of mn1 at a1', 'nothing'),
      ],
      [{ host: 'a1', command: 'tc filter show dev sj-1 ingress', output: '' }],
    ),
    step(
      'f',
      'mn2 joins with another profile; both hold their rates at once',
      44.9,
      10.1,
      [
        holds('mn1', 'Goodput of mn1', '3.82 Mbit/s ± 5 %', '3.82 Mbit/s'),
        holds('mn2', 'Goodput of mn2', '9.55 Mbit/s ± 5 %', '9.53 Mbit/s'),
      ],
      [{ host: 'ha', command: 'tc -s class show dev core0', output: qdisc }],
    ),
    step(
      'g',
      'Deregistration and expiry leave nothing behind',
      55.0,
      19.3,
      [
        holds('ha', 'Tunnels, routes, classes and filters at the home agent', '0'),
        holds('a2', 'Tunnels, routes, classes and filters at a2', '0'),
        holds('session', 'Sessions in the service control database', '0'),
      ],
      [
        { host: 'ha', command: 'ip -d link show type ipip', output: '' },
        { host: 'ha', command: 'ip route show table 434', output: '' },
      ],
    ),
  ],
  figures: [
    { id: 'registration', what: 'Registration, from request to reply', value: 38.6, unit: 'ms' },
    { id: 'bronze', what: 'Goodput with bronze (4 Mbit/s)', value: 3.81, unit: 'Mbit/s' },
    { id: 'gold', what: 'Goodput with gold (20 Mbit/s)', value: 19.04, unit: 'Mbit/s' },
    { id: 'push', what: 'Profile change at both agents', value: 9.4, unit: 'ms' },
    { id: 'gap', what: 'Handover gap', value: 47.2, unit: 'ms' },
    { id: 'lost', what: 'Packets lost in the handover, of 10,000', value: 46, unit: 'packets' },
    { id: 'silver', what: 'Goodput of mn2 beside mn1', value: 9.53, unit: 'Mbit/s' },
    { id: 'left', what: 'Kernel objects left behind', value: 0, unit: 'objects' },
  ],
  series,
  handovers: [handover()],
  captures: ['captures/a1-access.pcap', 'captures/core-ha.pcap', 'captures/fsa.pcap'],
  topology: {
    hosts: [
      { name: 'cn', role: 'correspondent', group: 'internet' },
      { name: 'hs', role: 'home server', group: 'home domain' },
      { name: 'ha', role: 'home agent', group: 'home domain' },
      { name: 'core', role: 'core router', group: 'core' },
      { name: 'fsa', role: 'foreign server', group: 'foreign domain A' },
      { name: 'a1', role: 'foreign agent', group: 'foreign domain A' },
      { name: 'a2', role: 'foreign agent', group: 'foreign domain A' },
      { name: 'mn1', role: 'mobile node', group: 'mobile nodes' },
      { name: 'mn2', role: 'mobile node', group: 'mobile nodes' },
    ],
    links: [
      { a: 'cn', b: 'ha', kind: 'wire' },
      { a: 'ha', b: 'core', kind: 'wire' },
      { a: 'hs', b: 'core', kind: 'wire' },
      { a: 'core', b: 'fsa', kind: 'wire' },
      { a: 'core', b: 'a1', kind: 'wire' },
      { a: 'core', b: 'a2', kind: 'wire' },
      { a: 'ha', b: 'a1', kind: 'tunnel' },
      { a: 'ha', b: 'a2', kind: 'tunnel' },
      { a: 'hs', b: 'ha', kind: 'diameter' },
      { a: 'hs', b: 'fsa', kind: 'diameter' },
      { a: 'fsa', b: 'a1', kind: 'diameter' },
      { a: 'fsa', b: 'a2', kind: 'diameter' },
      { a: 'a1', b: 'mn1', kind: 'access' },
      { a: 'a2', b: 'mn1', kind: 'access' },
      { a: 'a2', b: 'mn2', kind: 'access' },
    ],
  },
}

/** The same run with two checks that fail. */
export const failingReport: Report = {
  ...sampleReport,
  holds: false,
  steps: sampleReport.steps.map((one) => ({
    ...one,
    checks: one.checks.map((check) =>
      (one.id === 'c' && check.id === 'rate') || (one.id === 'g' && check.id === 'ha')
        ? { ...check, seen: one.id === 'c' ? '3.80 Mbit/s' : '1 route: 192.0.2.11 dev sj-1', holds: false }
        : check,
    ),
  })),
}
