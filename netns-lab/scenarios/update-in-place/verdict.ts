import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Capture } from '../../witness/capture.ts'
import type { HtbClass } from '../../witness/kernel-state.ts'
import type { Witness } from '../../witness/witness.ts'
import type { Agent, Classes } from '../profile/held-by-kernels.ts'
import { dscp, streamPort } from './changes.ts'
import { account, runsOf, type SeenPacket, seenPackets } from './ledger.ts'

/** What the kernels have counted. */
export interface Looks {
  classes: Classes
  /** `tc -s qdisc show` of the shaped interfaces. */
  queues: Record<Agent, string>
  /** A text for each filter of the downlink at ha. */
  filters: string[]
}

const ethernetHeader = 14

/** Path MTU, before the sender has learned that of the tunnel and then. */
const mtu = { link: 1500, tunnel: 1480 } as const
/** IP, and TCP with its timestamps. */
const segmentHeaders = 52

/** Holds the captures against each other and against the counters. */
export function judge(
  witness: Witness,
  captures: Record<'in' | 'core' | 'out', Capture>,
  before: Looks,
  after: Looks,
): void {
  const read = ({ file }: Capture, longest: number) =>
    parted(seenPackets(readFileSync(join(witness.reportFolder, file)), longest - segmentHeaders))
  const sent = read(captures.in, mtu.link)
  const between = read(captures.core, mtu.tunnel)
  const arrived = read(captures.out, mtu.tunnel)
  checkStream(witness, sent.datagrams, between.datagrams, arrived.datagrams, after.filters)
  const ways = [
    // What does not fit into the tunnel is answered: so the sender learns its path MTU.
    {
      host: 'ha',
      from: { ...sent, segments: sent.segments.filter(({ ipLength }) => ipLength <= mtu.tunnel) },
      to: between,
    },
    { host: 'a1', from: between, to: arrived },
  ] as const
  const droppedAtHome = strays(sent.datagrams, between.datagrams)
  const droppedDatagrams = {
    ha: droppedAtHome,
    a1: strays(sent.datagrams, arrived.datagrams) - droppedAtHome,
  }
  for (const { host, from, to } of ways) {
    const { surplus, overtaken } = account(from.datagrams, to.datagrams)
    witness.check(
      `order-${host}`,
      `Datagrams, of ${to.datagrams.length}, that came out of ${host} twice; after a later one`,
      '0; 0',
      `${surplus.length}; ${overtaken.length}`,
    )
    const drops = ({ queues, classes }: Looks): number => dropsOf(queues[host], classes[host].rest)
    const { lost } = account(from.segments, to.segments)
    const [least, most] = [besideEachOther(from.segments, lost), lost.length].map(
      (segments) => segments + droppedDatagrams[host],
    )
    const dropped = drops(after) - drops(before)
    witness.check(
      `dropped-${host}`,
      `TCP segments, of ${from.segments.length}, and datagrams that ${host} has not passed on though no filter was meant for them, and packets that the queue of the class has dropped to slow the senders: one for segments that the kernel has joined`,
      `${least} to ${most}`,
      String(dropped),
      least !== undefined && most !== undefined && least <= dropped && dropped <= most,
    )
    checkShaped(witness, host, to.all, before.classes, after.classes)
  }
  checkMarks(witness, between.datagrams)
}

function parted(all: readonly SeenPacket[]) {
  return {
    all,
    datagrams: all.filter(({ kind }) => kind === 'datagram'),
    segments: all.filter(({ kind }) => kind === 'segment'),
  }
}

/** How many groups of segments that follow each other are among these. */
function besideEachOther(sent: readonly SeenPacket[], ids: readonly string[]): number {
  const lost = new Set(ids)
  return runsOf(sent.map(({ id }) => (lost.has(id) ? 'lost' : ''))).filter(({ value }) => value !== '').length
}

/** A filter cuts out more than this; what the queue drops, when the machine was busy elsewhere for longer than it lets packets wait, is less. */
const fewDatagrams = 20

/** What became of the datagrams in their order: piece by piece, without the few that the queue dropped. */
function piecesOf(sent: readonly SeenPacket[], passed: readonly SeenPacket[]) {
  const lost = new Set(account(sent, passed).lost)
  const runs = runsOf(sent.map(({ id }) => (lost.has(id) ? 'dropped' : 'passed')))
  return runsOf(
    runs.flatMap(({ value, count }) =>
      value === 'dropped' && count <= fewDatagrams ? [] : Array.from({ length: count }, () => value),
    ),
  )
}

/** Datagrams that the queue dropped. */
function strays(sent: readonly SeenPacket[], passed: readonly SeenPacket[]): number {
  const cutOut = piecesOf(sent, passed)
    .filter(({ value }) => value === 'dropped')
    .reduce((sum, { count }) => sum + count, 0)
  return account(sent, passed).lost.length - cutOut
}

/** The filters of the stream take two pieces out of it and nothing else, and the kernel has counted the second. */
function checkStream(
  witness: Witness,
  sent: readonly SeenPacket[],
  between: readonly SeenPacket[],
  arrived: readonly SeenPacket[],
  filters: readonly string[],
): void {
  for (const [who, passed] of [
    ['ha', between],
    ['a1', arrived],
  ] as const)
    witness.check(
      `stream-${who}`,
      `The stream of ${sent.length} datagrams behind ${who}: its filters cut two pieces out of it`,
      'passed, dropped, passed, dropped',
      piecesOf(sent, passed)
        .map(({ value }) => value)
        .join(', '),
    )
  const own = filters.find(
    (text) => new RegExp(`dst_port ${streamPort}$`, 'm').test(text) && text.includes('action drop'),
  )
  witness.check(
    'filter-counter',
    'Datagrams of the second piece, by the counter of the filter at ha',
    String(piecesOf(sent, between).at(-1)?.count),
    /dropped (\d+)/.exec(own ?? '')?.[1] ?? 'no such filter',
  )
}

/** Inner and outer header say the same, and the code point changes once. */
function checkMarks(witness: Witness, packets: readonly SeenPacket[]): void {
  const runs = runsOf(packets.map((packet) => packet.dscp.join(' in ')))
  witness.check(
    'dscp',
    'DSCP of the datagrams in the tunnel (outer in inner), in their order',
    [dscp.before, dscp.after].map((value) => `${value} in ${value}`).join(', '),
    runs.map(({ value }) => value).join(', '),
  )
}

/** All that went out for mn1 went through its class: the capture and the counters of the class are the same. */
function checkShaped(
  witness: Witness,
  host: Agent,
  packets: readonly SeenPacket[],
  before: Classes,
  after: Classes,
): void {
  const [from, to] = [before[host].whole, after[host].whole]
  const bytes = packets.reduce((sum, { ipLength }) => sum + ipLength + ethernetHeader, 0)
  witness.check(
    `shaped-${host}`,
    `Packets and bytes for mn1 that left ${host}, and those that its class ${from?.classId} has sent`,
    `${packets.length}, ${bytes}`,
    `${(to?.packets ?? 0) - (from?.packets ?? 0)}, ${(to?.bytes ?? 0) - (from?.bytes ?? 0)}`,
  )
}

/** What the queue of a class has dropped, in the output of `tc -s qdisc show`. */
function dropsOf(text: string, leaf: HtbClass | undefined): number {
  const own = text.split(/^(?=qdisc )/m).find((qdisc) => qdisc.includes(` parent ${leaf?.classId} `))
  return Number(/dropped (\d+)/.exec(own ?? '')?.[1] ?? Number.NaN)
}
