/**
 * Generated qdiscs of every kind that has parameters, each at the root of an interface of its own. Above 300 lines: it is one table of
 * kinds.
 */
import fc from 'fast-check'
import { commandLine } from '../command-line.ts'
import { addQdisc, dumpQdiscs, type QdiscType, qdiscMessage, RTM_QDISC } from '../qdisc.ts'
import { bfifo } from '../qdisc-bfifo.ts'
import { type Cake, cake } from '../qdisc-cake.ts'
import { type Fq, fq } from '../qdisc-fq.ts'
import { type FqCodel, fqCodel } from '../qdisc-fq-codel.ts'
import { type HtbQdisc, htbQdisc } from '../qdisc-htb.ts'
import { type Netem, netem } from '../qdisc-netem.ts'
import { pfifo } from '../qdisc-pfifo.ts'
import { type Prio, prio } from '../qdisc-prio.ts'
import { type Sfq, sfq } from '../qdisc-sfq.ts'
import { type Tbf, tbf } from '../qdisc-tbf.ts'
import { tcHandle } from '../tc-handle.ts'
import { tcVerbFlags } from '../tc-verb.ts'
import { hexadecimal, shaping, some } from './generated.ts'
import type { Kind } from './twins.ts'

interface Typed {
  kind: string
  settings: object
  type: QdiscType
  words: string
}

function typed<Settings extends object>(
  kind: string,
  settings: fc.Arbitrary<Settings>,
  type: (settings: Settings) => QdiscType,
  words: (settings: Settings) => (string | number | false | undefined)[],
): fc.Arbitrary<Typed> {
  return settings.map((own) => ({
    ...{ kind, settings: own, type: type(own) },
    words: commandLine(kind, ...words(own)),
  }))
}

const count = (max: number) => fc.integer({ min: 1, max })
const bytes = fc.integer({ min: 2000, max: 1_000_000 })
const rate = fc.oneof(
  count(125_000_000).map((each) => (each + 1000) * 8),
  count(200).map((gigabits) => gigabits * 1e9),
)
/** What 32 bits hold. */
const slowRate = count(125_000_000).map((each) => (each + 1000) * 8)
const microseconds = count(10_000_000)
/** CoDel keeps times in units of 1,024 ns. */
const shiftable = count(50_000).map((each) => each * 128)
const word = (name: string, value: string | number | undefined, unit = '') =>
  value !== undefined && `${name} ${value}${unit}`
const either = (value: boolean | undefined, yes: string, no: string) =>
  value !== undefined && (value ? yes : no)

const kinds = [
  typed('pfifo', some({ limitPackets: count(10_000) }), pfifo, ({ limitPackets }) => [
    word('limit', limitPackets),
  ]),
  typed('bfifo', some({ limitBytes: count(1e9) }), bfifo, ({ limitBytes }) => [
    word('limit', limitBytes, 'b'),
  ]),
  typed<Prio>(
    'prio',
    fc.integer({ min: 2, max: 16 }).chain((bands) =>
      some({
        bandOfPriority: fc.array(fc.nat(Math.min(bands, 3) - 1), { minLength: 16, maxLength: 16 }),
      }).map((own) => ({
        ...own,
        ...(own.bandOfPriority || bands > 2 ? { bands } : {}),
      })),
    ),
    prio,
    ({ bands, bandOfPriority }) => [word('bands', bands), word('priomap', bandOfPriority?.join(' '))],
  ),
  typed<Tbf>(
    'tbf',
    // Without a link layer: the kernel answers with the burst's time, cells and overhead in it.
    fc.tuple(shaping, fc.record({ limitBytes: bytes })).map(([rates, limit]) => ({ ...rates, ...limit })),
    (own) => tbf(own, { withTables: true }),
    (own) => [`rate ${own.rateBitsPerSecond / 8}bps buffer ${own.burstBytes}b limit ${own.limitBytes}b`],
  ),
  typed<Sfq>(
    'sfq',
    // The kernel limits its own default of flows only when it is told a limit.
    fc
      .tuple(
        fc.record({ limitPackets: count(10_000), flows: count(1000) }),
        some({
          perturbSeconds: count(1000),
          quantumBytes: fc.integer({ min: 1500, max: 60_000 }),
          divisor: count(12).map((log) => 2 ** log),
          depthPackets: count(126),
          headDrop: fc.constant(true),
        }),
      )
      .map(([limits, others]) => ({ ...limits, ...others })),
    sfq,
    (own) => [
      word('limit', own.limitPackets),
      word('perturb', own.perturbSeconds),
      word('quantum', own.quantumBytes),
      word('divisor', own.divisor),
      word('flows', own.flows),
      word('depth', own.depthPackets),
      own.headDrop && 'headdrop',
    ],
  ),
  typed<Fq>(
    'fq',
    some({
      ...{ limitPackets: count(100_000), flowLimitPackets: count(10_000), bucketsLog: count(16) },
      ...{ quantumBytes: count(100_000), initialQuantumBytes: count(100_000), pacing: fc.boolean() },
      ...{ maximumRateBitsPerSecond: slowRate, lowRateThresholdBitsPerSecond: slowRate },
      ...{ refillDelayMicroseconds: microseconds, orphanMask: count(10_000) },
      ...{ congestionThresholdMicroseconds: microseconds, timerSlackNanoseconds: count(1_000_000) },
      ...{ horizonMicroseconds: microseconds, horizonDrop: fc.boolean() },
    }),
    fq,
    (own) => [
      word('limit', own.limitPackets),
      word('flow_limit', own.flowLimitPackets),
      own.bucketsLog !== undefined && `buckets ${1 << own.bucketsLog}`,
      word('quantum', own.quantumBytes),
      word('initial_quantum', own.initialQuantumBytes),
      either(own.pacing, 'pacing', 'nopacing'),
      word('maxrate', own.maximumRateBitsPerSecond, 'bit'),
      word('low_rate_threshold', own.lowRateThresholdBitsPerSecond, 'bit'),
      word('refill_delay', own.refillDelayMicroseconds, 'us'),
      word('orphan_mask', own.orphanMask),
      word('ce_threshold', own.congestionThresholdMicroseconds, 'us'),
      word('timer_slack', own.timerSlackNanoseconds, 'ns'),
      word('horizon', own.horizonMicroseconds, 'us'),
      either(own.horizonDrop, 'horizon_drop', 'horizon_cap'),
    ],
  ),
  typed<FqCodel>(
    'fq_codel',
    // The kernel rounds its own defaults too, and rounds them again when they are told to it.
    fc
      .tuple(
        fc.record({ targetMicroseconds: shiftable, intervalMicroseconds: shiftable }),
        some({
          limitPackets: count(100_000),
          flows: count(60_000),
          quantumBytes: fc.integer({ min: 256, max: 60_000 }),
          ecn: fc.boolean(),
          congestionThresholdMicroseconds: shiftable,
          memoryLimitBytes: count(1e9),
          dropBatchPackets: count(1000),
        }),
      )
      .map(([times, others]) => ({ ...times, ...others })),
    fqCodel,
    (own) => [
      word('limit', own.limitPackets),
      word('flows', own.flows),
      word('quantum', own.quantumBytes),
      word('target', own.targetMicroseconds, 'us'),
      word('interval', own.intervalMicroseconds, 'us'),
      either(own.ecn, 'ecn', 'noecn'),
      word('ce_threshold', own.congestionThresholdMicroseconds, 'us'),
      word('memory_limit', own.memoryLimitBytes, 'b'),
      word('drop_batch', own.dropBatchPackets),
    ],
  ),
  typed<HtbQdisc>(
    'htb',
    some({ defaultMinor: count(0xffff), rateToQuantum: count(1000), directQueueLength: count(10_000) }),
    htbQdisc,
    (own) => [
      own.defaultMinor && `default ${own.defaultMinor.toString(16)}`,
      word('r2q', own.rateToQuantum),
      word('direct_qlen', own.directQueueLength),
    ],
  ),
  typed<Cake>(
    'cake',
    some({
      rateBitsPerSecond: fc.oneof(rate, fc.constant('unlimited')),
      differentiation: fc.constantFrom('diffserv3', 'diffserv4', 'diffserv8', 'besteffort', 'precedence'),
      isolation: fc.constantFrom(
        'flowblind',
        'srchost',
        'dsthost',
        'hosts',
        'flows',
        'dual-srchost',
        'dual-dsthost',
        'triple-isolate',
      ),
      ...{ nat: fc.boolean(), wash: fc.boolean(), ingress: fc.boolean(), splitSegments: fc.boolean() },
      ackFilter: fc.constantFrom('no-ack-filter', 'ack-filter', 'ack-filter-aggressive'),
      roundTripMicroseconds: fc.integer({ min: 20, max: 10_000_000 }),
      framing: fc.constantFrom('noatm', 'atm', 'ptm'),
      overheadBytes: fc.integer({ min: -64, max: 256 }),
      minimumPacketBytes: fc.nat(256),
      memoryLimitBytes: count(1e9),
      fwMask: count(0xffffffff),
    }),
    cake,
    (own) => [
      own.rateBitsPerSecond === 'unlimited' ? 'unlimited' : word('bandwidth', own.rateBitsPerSecond, 'bit'),
      own.differentiation,
      own.isolation,
      either(own.nat, 'nat', 'nonat'),
      either(own.wash, 'wash', 'nowash'),
      either(own.ingress, 'ingress', 'egress'),
      either(own.splitSegments, 'split-gso', 'no-split-gso'),
      own.ackFilter,
      word('rtt', own.roundTripMicroseconds, 'us'),
      own.framing,
      word('overhead', own.overheadBytes),
      word('mpu', own.minimumPacketBytes),
      word('memlimit', own.memoryLimitBytes, 'b'),
      own.fwMask && `fwmark ${hexadecimal(own.fwMask)}`,
    ],
  ),
]

const percent = count(1000).map((tenths) => tenths / 10)
const chance = fc.record({ percent, correlationPercent: percent }, { requiredKeys: ['percent'] })
const chanceWords = (name: string, value: { percent: number; correlationPercent?: number } | undefined) =>
  value &&
  commandLine(`${name} ${value.percent}%`, value.correlationPercent && `${value.correlationPercent}%`)
const delay = fc.record(
  { microseconds, jitterMicroseconds: count(100_000) },
  { requiredKeys: ['microseconds'] },
)

function lossWords(loss: NonNullable<Netem['loss']>): string | undefined {
  if ('percent' in loss) return chanceWords('loss random', loss)
  const values =
    'toBadPercent' in loss
      ? ['gemodel', loss.toBadPercent, loss.toGoodPercent, loss.lossInBadPercent, loss.lossInGoodPercent]
      : ['state', loss.p13Percent, loss.p31Percent, loss.p32Percent, loss.p23Percent, loss.p14Percent]
  return `loss ${values.map((value) => (typeof value === 'number' ? `${value}%` : value)).join(' ')}`
}

const emulation = typed<Netem>(
  'netem',
  fc
    .tuple(
      some({
        limitPackets: count(100_000),
        loss: fc.oneof(
          chance,
          fc.record({
            toBadPercent: percent,
            toGoodPercent: percent,
            lossInBadPercent: percent,
            lossInGoodPercent: percent,
          }),
          fc.record({
            p13Percent: percent,
            p31Percent: percent,
            p32Percent: percent,
            p23Percent: percent,
            p14Percent: percent,
          }),
        ),
        // `tc` 6.1 loses its correlation where no other is given.
        duplicate: fc.record({ percent }),
        corrupt: chance,
        rate: fc.record({
          ...{ bitsPerSecond: rate, packetOverheadBytes: fc.integer({ min: -50, max: 50 }) },
          ...{ cellBytes: count(1000), cellOverheadBytes: fc.integer({ min: -50, max: 50 }) },
        }),
        slot: fc.record({
          minimumMicroseconds: count(1000),
          maximumMicroseconds: fc.integer({ min: 1000, max: 9000 }),
          maximumPackets: count(100),
          maximumBytes: count(1e6),
        }),
      }),
      fc.oneof(
        fc.constant({}),
        fc.record({ delay }),
        fc.record({ delay, reorder: fc.tuple(chance, count(9)).map(([own, gap]) => ({ ...own, gap })) }),
      ),
    )
    .map(([others, delays]) => ({ ...others, ...delays })),
  netem,
  ({ delay: delays, loss, duplicate, corrupt, reorder, rate: sent, slot, limitPackets }) => [
    word('limit', limitPackets),
    delays &&
      commandLine(
        `delay ${delays.microseconds}us`,
        delays.jitterMicroseconds && `${delays.jitterMicroseconds}us`,
      ),
    loss && lossWords(loss),
    chanceWords('duplicate', duplicate),
    chanceWords('corrupt', corrupt),
    chanceWords('reorder', reorder),
    reorder && word('gap', reorder.gap),
    sent &&
      `rate ${sent.bitsPerSecond}bit ${sent.packetOverheadBytes} ${sent.cellBytes} ${sent.cellOverheadBytes}`,
    slot &&
      `slot ${slot.minimumMicroseconds}us ${slot.maximumMicroseconds}us packets ${slot.maximumPackets} bytes ${slot.maximumBytes}`,
  ],
)

const device = (place: number) => `d${place}`

export const qdiscs: Kind<Typed> = {
  name: 'qdisc',
  count: 20,
  arbitrary: fc.oneof(...kinds, emulation),
  setUp: (places) =>
    places.map((place) => `ip link add ${device(place)} index ${place} txqueuelen 1000 type dummy`),
  request: ({ type }, place) =>
    addQdisc({ device: device(place), parent: 'root', handle: tcHandle(1), type }),
  line: ({ words }, place) => `tc qdisc add dev ${device(place)} root handle 1: ${words}`,
  json: ['tc qdisc show'],
  text: ['tc qdisc show'],
  place: /"dev":"d(\d{4})"|\bdev d(\d{4}) /,
  async printed(socket) {
    const dumped = await Array.fromAsync(socket.dump(dumpQdiscs()))
    return dumped
      .filter(({ handle }) => handle === tcHandle(1))
      .map((value) => qdiscMessage.render(RTM_QDISC.NEW, tcVerbFlags.add, value))
  },
}
