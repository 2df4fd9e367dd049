import { LabError } from '../../lab-error.ts'
import { quantile } from '../../witness/quantile.ts'
import { joinNode, prepare } from '../preparation.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { milliseconds } from '../tour/expectation.ts'
import { classAhead, columns, type MoveTimes, moveTimes, spread, table } from './move-times.ts'
import { runSeries, type Series, type SeriesPlan } from './series.ts'
import { roundTripsMilliseconds, type Way, ways } from './ways.ts'

const usualMoves = 3
/** The best fast handover that is published: set off by the network layer, IPv6, over a wireless link. */
const published = '3 to 4 ms'

/** How long a move interrupts. What it measures hangs on the machine: only what must not is checked. */
export const handoverTimes: Scenario = {
  title: 'The handover gap, $SOJOURN_MOVES moves of each kind: forwarding, bicasting, no smoothing',
  variation: {
    configurations: {
      hs: { handover: { forwardingSeconds: ways[0]?.forwardingSeconds } },
      ha: { simultaneousSeconds: 1 },
      mn2: { lifetimeSeconds: 1800, handover: 'make-before-break' },
    },
  },
  async run(lab) {
    const { witness, settings, roles } = lab
    const count = Number(settings.SOJOURN_MOVES ?? usualMoves)
    const only = settings.SOJOURN_SERIES?.split(',')
    const isAsked = (way: Way, roundTrip: number): boolean => only?.includes(`${way.id}-${roundTrip}`) ?? true
    if (!Number.isInteger(count) || count < 1)
      throw new LabError('lab/usage', 'SOJOURN_MOVES is a whole number above 0')
    await prepare(lab)
    const rows: { name: string; cells: string[] }[] = []
    for (const way of ways) {
      const roundTrips = roundTripsMilliseconds.filter((roundTrip) => isAsked(way, roundTrip))
      if (roundTrips.length === 0) continue
      witness.report.step(way.id, `${count} moves each: ${way.title}`)
      roles.reconfigure('hs', { handover: { forwardingSeconds: way.forwardingSeconds } })
      await roles.daemon('hs').stop()
      await roles.startAgain('hs')
      await joinNode(lab, way.node, 'a1')
      let at: SeriesPlan['at'] = 'a1'
      for (const roundTrip of roundTrips) {
        const series = await runSeries(lab, way, { roundTripMilliseconds: roundTrip, count, at })
        at = series.moves.at(-1)?.to ?? at
        const times = moveTimes(series)
        record(lab, series, times)
        rows.push({
          name: `${way.id}, core round trip ${roundTrip} ms`,
          cells: columns.map(({ of }) => spread(times.map(of))),
        })
      }
      await roles.daemon(way.node).stop()
    }
    witness.report.step('table', `Side by side; published elsewhere: ${published}`)
    witness.report.evidence({ host: 'cn', command: '# all series', output: table(rows) }, /./)
  },
}

function record({ witness }: Lab, series: Series, times: readonly MoveTimes[]): void {
  const { way, roundTripMilliseconds: roundTrip, moves } = series
  const count = moves.length
  const name = `${way.id}-${roundTrip}`
  const isWhole = ({ toRequest, toReadBack, toReply }: MoveTimes): boolean =>
    [toRequest, toReadBack, toReply].every((time) => !Number.isNaN(time))
  witness.check(
    `${name}-seen`,
    `Core round trip ${roundTrip} ms: moves of which request, read-back and reply were seen`,
    `${count} of ${count}`,
    `${times.filter(isWhole).length} of ${count}`,
  )
  const late = times.filter(({ toReadBack, toFirstPacket }) => toReadBack > toFirstPacket).length
  witness.check(
    `${name}-class`,
    `Core round trip ${roundTrip} ms: moves in which the first packet came before the new agent had read the class back`,
    '0',
    String(late),
  )
  const ahead = classAhead(series)
  witness.check(
    `${name}-stood`,
    `Core round trip ${roundTrip} ms: how long before ${way.overlapping ? 'the home agent heard of it' : 'the first packet'} class and filter stood, by the monitors of one move more`,
    'more than 0 ms',
    milliseconds(ahead),
    ahead > 0,
  )
  const lost = times.reduce((sum, { lostPackets }) => sum + lostPackets, 0)
  if (way.overlapping)
    witness.check(
      `${name}-lost`,
      `Core round trip ${roundTrip} ms: packets lost in all moves`,
      '0',
      String(lost),
    )
  for (const { name: column, of } of columns) {
    const values = times.map(of).filter((value) => !Number.isNaN(value))
    if (values.length === 0) continue
    witness.report.figure({
      id: `${name} ${column}`,
      what: `p50 (p95, worst: ${[0.95, 1].map((share) => quantile(values, share).toFixed(1)).join(', ')}) with a core round trip of ${roundTrip} ms, ${way.title}: ${column}`,
      value: Math.round(quantile(values, 0.5) * 10) / 10,
      unit: /packets|duplicates/.test(column) ? 'packets' : 'ms',
    })
  }
  const names = Object.keys(times[0]?.hops ?? {})
  const hops = names.map(
    (hop) => `${spread(times.map((one) => one.hops[hop] ?? Number.NaN)).padStart(20)}  ${hop}`,
  )
  witness.report.evidence(
    { host: 'core', command: `# ${name}: since the request, ms: p50, p95, worst`, output: hops.join('\n') },
    /./,
  )
}
