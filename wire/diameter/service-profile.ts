import { WireError } from '../wire-error.ts'
import type { AvpValue } from './avps.ts'
import { dictionary } from './dictionary.ts'
import { type Direction, decodeMatch, directions, encodeMatch, type PacketMatch } from './packet-match.ts'
import { decodeQosParameters, encodeQosParameters, type Rates } from './qos-parameters.ts'
import { resultCode } from './result-code.ts'

/** What a user gets, as it travels from the home server to the agents and, read back from their kernels, in the answers. */
export interface ServiceProfile {
  name: string
  /** Of the effective profile; grows with every change of it, per subscriber. */
  revision: number
  /** From the correspondent to the mobile node. Priority 0, of 0 to 7, is served first. */
  downlink: ProfileShaping
  /** From the mobile node, with the priority of the downlink; not limited when absent. */
  uplink?: Rates
  /** 0 to 63, written to the downlink. */
  dscp?: number
  /** The first that matches decides, and what none matches passes. An empty list arrives as absent, here and below. */
  filters?: readonly ProfileFilter[]
  /** Parts of the downlink with a reservation of their own, out of that of the subscriber. The first that matches decides. */
  flows?: readonly ProfileFlow[]
}

export interface ProfileShaping extends Rates {
  priority: number
}

export interface ProfileFilter {
  direction: Direction
  match: PacketMatch
  action: 'drop' | 'pass'
}

export interface ProfileFlow {
  /** No two flows share one. */
  name: string
  match: PacketMatch
  shaping: ProfileShaping
  /** That of the subscriber when absent. */
  dscp?: number
  /** 20 bits, for routers between the agents. */
  flowLabel?: number
}

/** The two AVPs that carry a profile, to be spread into a message's AVPs. */
export interface ServiceProfileAvps {
  'QoS-Resources': AvpValue<'QoS-Resources'>[]
  'Service-Profile': AvpValue<'Service-Profile'>
}

type FilterRule = AvpValue<'Filter-Rule'>

/**
 * Rules are told by their Classifier-ID: that of a class is its direction, that of the others has their name behind it. The lowest
 * precedence is carried out first (RFC 5777, section 3.3).
 */
const rule = {
  filter: { id: 'filter/', precedence: 0 },
  flow: { id: 'flow/', precedence: 500 },
  class: { precedence: 1000 },
} as const
const treatment = dictionary['Treatment-Action'].values
const actions = { drop: treatment.drop, pass: treatment.permit } as const
const priorities = 8
const flowLabels = 2 ** 20

/** The profile as RFC 5777 QoS-Resources, plus what that cannot say in our own Service-Profile. */
export function encodeServiceProfile(profile: ServiceProfile): ServiceProfileAvps {
  const { name, revision, downlink, uplink, dscp, filters = [], flows = [] } = profile
  const rules: FilterRule[] = [
    ...filters.map(({ direction, match, action }, position) => ({
      'Filter-Rule-Precedence': rule.filter.precedence + position,
      Classifier: {
        'Classifier-ID': Buffer.from(`${rule.filter.id}${position + 1}`),
        ...encodeMatch(match, direction),
      },
      'Treatment-Action': actions[action],
    })),
    ...flows.map((flow, position) =>
      shapingRule(
        rule.flow.precedence + position,
        { 'Classifier-ID': Buffer.from(rule.flow.id + flow.name), ...encodeMatch(flow.match, 'downlink') },
        encodeQosParameters(flow.shaping, flow.dscp),
      ),
    ),
    classRule('downlink', downlink, dscp),
    ...(uplink ? [classRule('uplink', uplink)] : []),
  ]
  return {
    'QoS-Resources': [{ 'Filter-Rule': rules }],
    'Service-Profile': {
      'Profile-Name': name,
      'Profile-Revision': BigInt(revision),
      'Class-Priority': downlink.priority,
      ...(flows.length > 0 && { 'Flow-Terms': flows.map(flowTerms) }),
    },
  }
}

/**
 * The profile in a message's AVPs, or undefined when the message carries none.
 * @throws wire/malformed with 5004 when there is a Service-Profile whose rules cannot be used
 */
export function decodeServiceProfile(avps: {
  'QoS-Resources'?: AvpValue<'QoS-Resources'>[]
  'Service-Profile'?: AvpValue<'Service-Profile'>
}): ServiceProfile | undefined {
  const profile = avps['Service-Profile']
  if (profile === undefined) return undefined
  const rules = (avps['QoS-Resources'] ?? [])
    .flatMap((resources) => resources['Filter-Rule'])
    .map((entry) => ({ entry, id: entry.Classifier?.['Classifier-ID'].toString() ?? '(none)' }))
    .sort((one, other) => precedence(one.entry) - precedence(other.entry))
  const repeated = rules.find(({ id }, index) => rules.findIndex((other) => other.id === id) < index)
  if (repeated) throw refused(`there are two rules ${repeated.id}`)
  const terms = new Map((profile['Flow-Terms'] ?? []).map((flow) => [flow['Flow-Name'], flow]))
  const priority = bounded(profile['Class-Priority'], priorities, 'Class-Priority')
  let downlink: ReturnType<typeof readParameters> | undefined
  let uplink: Rates | undefined
  const filters: ProfileFilter[] = []
  const flows: ProfileFlow[] = []
  for (const { entry, id } of rules)
    if (id === 'downlink') downlink = readParameters(entry, id)
    else if (id === 'uplink') uplink = readParameters(entry, id).rates
    else if (id.startsWith(rule.filter.id)) filters.push(readFilter(entry, id))
    else if (id.startsWith(rule.flow.id)) flows.push(readFlow(entry, id, terms))
    else throw refused(`the rule ${id} is not known here`)
  if (downlink === undefined) throw refused('its QoS-Resources have no TMOD-1 for the downlink')
  const revision = Number(profile['Profile-Revision'])
  if (!Number.isSafeInteger(revision)) throw refused(`its revision is ${revision}`)
  return {
    name: profile['Profile-Name'],
    revision,
    downlink: { ...downlink.rates, priority },
    ...(uplink && { uplink }),
    ...(downlink.dscp !== undefined && { dscp: downlink.dscp }),
    ...(filters.length > 0 && { filters }),
    ...(flows.length > 0 && { flows }),
  }
}

function classRule(direction: Direction, rates: Rates, dscp?: number): FilterRule {
  const classifier = { 'Classifier-ID': Buffer.from(direction), Direction: directions[direction] }
  return shapingRule(rule.class.precedence, classifier, encodeQosParameters(rates, dscp))
}

function shapingRule(
  place: number,
  classifier: AvpValue<'Classifier'>,
  parameters: AvpValue<'QoS-Parameters'>,
): FilterRule {
  return {
    'Filter-Rule-Precedence': place,
    Classifier: classifier,
    'Treatment-Action': treatment.shape,
    'QoS-Semantics': dictionary['QoS-Semantics'].values['QoS-Authorized'],
    'QoS-Profile-Template': { 'Vendor-Id': 0, 'QoS-Profile-Id': 0 },
    'QoS-Parameters': parameters,
  }
}

function flowTerms({ name, shaping, flowLabel }: ProfileFlow): AvpValue<'Flow-Terms'> {
  return {
    'Flow-Name': name,
    'Class-Priority': shaping.priority,
    ...(flowLabel !== undefined && { 'Flow-Label': flowLabel }),
  }
}

function readFilter(entry: FilterRule, id: string): ProfileFilter {
  const action = (['drop', 'pass'] as const).find((name) => actions[name] === entry['Treatment-Action'])
  if (action === undefined) throw refused(`the rule ${id} neither drops nor permits`)
  return { ...readClassifier(entry, id), action }
}

function readFlow(
  entry: FilterRule,
  id: string,
  terms: ReadonlyMap<string, AvpValue<'Flow-Terms'>>,
): ProfileFlow {
  const name = id.slice(rule.flow.id.length)
  const own = terms.get(name)
  if (own === undefined) throw refused(`the rule ${id} has no Flow-Terms`)
  const { direction, match } = readClassifier(entry, id)
  if (direction !== 'downlink') throw refused(`the rule ${id} is not of the downlink`)
  const { rates, dscp } = readParameters(entry, id)
  const flowLabel = own['Flow-Label']
  return {
    name,
    match,
    shaping: { ...rates, priority: bounded(own['Class-Priority'], priorities, 'Class-Priority') },
    ...(dscp !== undefined && { dscp }),
    ...(flowLabel !== undefined && { flowLabel: bounded(flowLabel, flowLabels, 'Flow-Label') }),
  }
}

function readClassifier(
  { Classifier }: FilterRule,
  id: string,
): { direction: Direction; match: PacketMatch } {
  const read = Classifier ? decodeMatch(Classifier) : 'it has no Classifier'
  if (typeof read === 'string') throw refused(`the rule ${id}: ${read}`)
  return read
}

function readParameters(entry: FilterRule, id: string): { rates: Rates; dscp?: number } {
  const read = decodeQosParameters(entry['QoS-Parameters'] ?? {})
  if (typeof read === 'string') throw refused(`the rule ${id}: ${read}`)
  return read
}

function precedence(entry: FilterRule): number {
  return entry['Filter-Rule-Precedence'] ?? rule.class.precedence
}

function bounded(value: number, end: number, what: string): number {
  if (value < end) return value
  throw refused(`its ${what} is ${value}, above ${end - 1}`)
}

function refused(why: string): WireError {
  return new WireError('wire/malformed', `the Service-Profile cannot be used: ${why}`, {
    offset: 0,
    resultCode: resultCode.invalidAvpValue,
  })
}
