import type { NewAction } from '#netlink/action.ts'
import { csum } from '#netlink/action-csum.ts'
import { gact } from '#netlink/action-gact.ts'
import { mirred } from '#netlink/action-mirred.ts'
import { pedit } from '#netlink/action-pedit.ts'
import { police } from '#netlink/action-police.ts'
import { skbedit } from '#netlink/action-skbedit.ts'
import type { Flower } from '#netlink/filter-flower.ts'
import { parsePrefix } from '#netlink/ip-address.ts'
import { munge } from '#netlink/pedit-field.ts'
import { footprintLimits, type Match, type PacketFilter } from './footprint.ts'
import type { PacketFilterObject } from './kernel-object.ts'
import { owned } from './owned.ts'

/** What becomes of a subscriber's packets before they go on. */
export interface Treatment {
  mark?: number | undefined
  dscp?: number | undefined
  /** What exceeds it is dropped. */
  police?: { rateBitsPerSecond: number; burstBytes: number } | undefined
}

/** Where a subscriber's packets in one direction pass, and what happens to them there. */
export interface Passage {
  device: string
  parent: 'ingress' | 'egress'
  direction: PacketFilter['direction']
  /** The handle of all the filters in their lists: whatever they do, each is found again without a list. */
  handle: number
  /** By which the subscriber's packets are known. */
  fields: Flower
  treatment: Treatment
  flows?: readonly { match: Match; treatment: Treatment }[]
  filters?: readonly PacketFilter[] | undefined
  /** Of the leg. */
  turn?: 0 | 1
  /** Interfaces that send a copy of what passes. */
  copies?: readonly string[]
}

/**
 * The filters of a passage. Those of a change are added in their order, in the place where the former ones are not, and then those are
 * removed, the last first: at each moment a packet meets what decided before, or what decides now. With neither flows nor packet filters it is one, the entry, which also lets the packets pass; otherwise
 * the entry says "continue" to those, and comes last here, so that nothing is dropped while they are added.
 */
export function packetFilters(passage: Passage): PacketFilterObject[] {
  const { flows = [], copies = [], direction, fields } = passage
  const filters = (passage.filters ?? []).filter((filter) => filter.direction === direction)
  const { lists } = owned
  const place = (priority: number, matching: Flower, actions: NewAction[]): PacketFilterObject => ({
    kind: 'packet-filter',
    device: passage.device,
    parent: passage.parent,
    protocol: 'ip',
    priority,
    handle: passage.handle,
    fields: { ...fields, ...matching, actions },
  })
  const mirrors = copies.map((device) => mirred({ direction: 'egress mirror', device }))
  const pass = mirrors.length > 0 ? mirrors : [gact('pass')]
  const treatment = actionsOf(passage.treatment)
  // The last action counts what the policer lets through.
  const isPoliced = passage.treatment.police !== undefined
  if (flows.length + filters.length === 0)
    return [place(lists.entry, {}, [...treatment, ...(treatment.length === 0 || isPoliced ? pass : mirrors)])]
  return [
    place(lists.accept, {}, pass),
    ...filters.map(({ match, action }, position) =>
      place(
        filterList(passage.turn ?? 0, position, match),
        matchFields(match, direction),
        action === 'drop' ? [gact('drop')] : pass,
      ),
    ),
    ...flows.map((flow, position) => {
      const actions = [...actionsOf(flow.treatment), gact('continue')]
      return place(flowList(position, flow.match), matchFields(flow.match, direction), actions)
    }),
    place(lists.entry, {}, [...treatment, gact('continue')]),
  ]
}

const setsOfFields = 600

/** The list for a place in the order and the fields that a match looks at. */
function listOf(first: number, position: number, match: Match): number {
  const ports = (given: Match['sourcePort']) => (given === undefined ? 0 : typeof given === 'number' ? 1 : 2)
  const protocol = match.protocol === undefined ? 0 : 1
  const prefix = match.correspondent === undefined ? 0 : parsePrefix(match.correspondent).length
  const fields = ((prefix * 2 + protocol) * 3 + ports(match.sourcePort)) * 3 + ports(match.destinationPort)
  return first + position * setsOfFields + fields
}

/** The list of the packet filter at a place in the order. */
export function filterList(turn: 0 | 1, position: number, match: Match): number {
  return listOf(turn === 0 ? owned.lists.filters : owned.lists.otherFilters, position, match)
}

/** The list of the flow at a place in the order. */
export function flowList(position: number, match: Match): number {
  return listOf(owned.lists.flows, footprintLimits.flows - 1 - position, match)
}

/** What no filter of ours knows, at the end of the list of a place. */
export function dropTheRest(device: string, protocol: 'ip' | 'all'): PacketFilterObject {
  const fields = { actions: [gact('drop')] }
  return {
    kind: 'packet-filter',
    device,
    parent: 'ingress',
    protocol,
    priority: owned.lists.end,
    handle: 1,
    fields,
  }
}

function actionsOf({ mark, dscp, police: limit }: Treatment): NewAction[] {
  const policed =
    limit === undefined
      ? []
      : [police({ ...limit, mtuBytes: longestPacket, exceed: 'drop', conform: 'pipe' })]
  const edited =
    dscp === undefined
      ? []
      : [
          pedit([munge('ip', 'dsfield', dscp << 2, { retain: 0xfc })], { verdict: 'pipe' }),
          csum(['ip4h'], { verdict: 'pipe' }),
        ]
  return [...policed, ...edited, ...(mark === undefined ? [] : [skbedit({ mark })])]
}

/** With segmentation offload the kernel sees many packets as one. */
const longestPacket = 65_535

function matchFields(match: Match, direction: PacketFilter['direction']): Flower {
  const { protocol, correspondent, sourcePort, destinationPort } = match
  return {
    ...(protocol === undefined ? {} : { ipProtocol: protocol }),
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(destinationPort === undefined ? {} : { destinationPort }),
    ...(correspondent === undefined
      ? {}
      : { [direction === 'downlink' ? 'source' : 'destination']: correspondent }),
  }
}
