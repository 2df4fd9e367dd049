import { isDeepStrictEqual } from 'node:util'
import { describeError } from '#core/error.ts'
import type { RequestBody } from '#diameter/handler.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import type { PacketMatch } from '#wire/diameter/packet-match.ts'
import {
  decodeServiceProfile,
  encodeServiceProfile,
  type ServiceProfile,
  type ServiceProfileAvps,
} from '#wire/diameter/service-profile.ts'
import type { RevisedProfile, Session } from '../database/service-control-database.ts'
import type { EffectiveProfile } from '../profile/layers.ts'

/** The AVPs by which a profile goes to an agent. */
export function profileAvps(effective: RevisedProfile): ServiceProfileAvps {
  return encodeServiceProfile(transferred(effective))
}

/** QoS-Install-Request (RFC 5866, section 5.3): the order to put a profile into force for a session of an agent. */
export function installRequest(
  { sessionId, nai, node, realm }: Pick<Session, 'sessionId' | 'nai' | 'node' | 'realm'>,
  qosSessionId: string,
  effective: RevisedProfile,
): RequestBody<'QoS-Install'> {
  return {
    'Session-Id': qosSessionId,
    'Destination-Realm': realm,
    'Destination-Host': node,
    'Auth-Request-Type': dictionary['Auth-Request-Type'].values.AUTHORIZE_AUTHENTICATE,
    'User-Name': nai,
    'Bound-Auth-Session-Id': sessionId,
    ...profileAvps(effective),
  }
}

/** What the agents are told of a profile. */
function transferred({ profile, revision }: RevisedProfile): ServiceProfile {
  const { name, class: shares, filters, flows } = profile
  const { downlink, uplink, dscp } = shares
  return {
    name,
    revision,
    downlink: { ...rates(downlink), priority: downlink.priority },
    ...(uplink && { uplink: rates(uplink) }),
    ...(dscp !== undefined && { dscp }),
    filters: filters.map(({ direction, match, action }) => ({
      direction,
      match: correspondentMatch(match, direction),
      action,
    })),
    flows: flows.map(({ name, match, rate, ceil, priority, dscp, flowLabel }) => ({
      name,
      match: correspondentMatch(match, 'downlink'),
      shaping: { ...rates({ rate, ceil }), priority },
      ...(dscp !== undefined && { dscp }),
      ...(flowLabel !== undefined && { flowLabel }),
    })),
  }
}

function rates({ rate, ceil }: { rate: number; ceil: number }) {
  return { rateBitsPerSecond: rate, ceilBitsPerSecond: ceil }
}

type Filter = EffectiveProfile['filters'][number]

/** Only the correspondent's end is written in a profile: the other is the node. */
function correspondentMatch(
  { protocol, source, destination, sourcePort, destinationPort }: Filter['match'],
  direction: Filter['direction'],
): PacketMatch {
  const correspondent = direction === 'downlink' ? source : destination
  return {
    ...(protocol !== undefined && { protocol }),
    ...(correspondent !== undefined && { correspondent }),
    ...(sourcePort !== undefined && { sourcePort }),
    ...(destinationPort !== undefined && { destinationPort }),
  }
}

/** Rates travel as Float32, and a kernel may round: a difference below one in a thousand is none. */
const tolerance = 1e-3

/**
 * What an agent read back from its kernel, held against what it was told: why that is not in force there, or
 * undefined when it is. A home agent does not limit the uplink.
 */
export function mismatch(
  told: RevisedProfile,
  answered: Parameters<typeof decodeServiceProfile>[0],
  role: Session['role'],
): string | undefined {
  try {
    const held = decodeServiceProfile(answered)
    if (held === undefined) return 'the agent did not say what it holds'
    if (held.revision < told.revision) return `the agent still holds revision ${held.revision}`
    if (held.revision > told.revision)
      return `the agent holds revision ${held.revision}, which is newer than the database`
    // As it arrives: addresses and empty lists are written in one way there.
    const sent = decodeServiceProfile(profileAvps(told))
    return sent && difference(sent, held, role)
  } catch (error) {
    return describeError(error)
  }
}

function difference(told: ServiceProfile, held: ServiceProfile, role: Session['role']): string | undefined {
  const { uplink: own, ...others } = told
  const shares = role === 'home-agent' ? others : { ...others, uplink: own }
  const flows = new Map(held.flows?.map((flow) => [flow.name, flow.shaping]))
  return (
    rateDifference('downlink', shares.downlink, held.downlink) ??
    ('uplink' in shares ? rateDifference('uplink', shares.uplink, held.uplink) : undefined) ??
    told.flows
      ?.map(({ name, shaping }) => rateDifference(`flow ${name}`, shaping, flows.get(name)))
      .find((found) => found !== undefined) ??
    (held.flows?.length === told.flows?.length ? undefined : 'the agent holds other flows') ??
    (isDeepStrictEqual(held.filters, told.filters) ? undefined : 'the agent holds other filters') ??
    (held.dscp === told.dscp ? undefined : `the agent writes DSCP ${held.dscp} instead of ${told.dscp}`)
  )
}

type Rates = Partial<Record<'rateBitsPerSecond' | 'ceilBitsPerSecond' | 'priority', number>>

function rateDifference(what: string, told: Rates | undefined, held: Rates | undefined): string | undefined {
  if (told === undefined) return held && `the agent limits the ${what} unasked`
  if (held === undefined) return `the agent does not hold the ${what}`
  for (const name of ['rateBitsPerSecond', 'ceilBitsPerSecond', 'priority'] as const) {
    const [wanted = 0, found = 0] = [told[name], held[name]]
    if (Math.abs(found - wanted) > wanted * tolerance)
      return `the agent's kernel holds ${what} ${name} ${found} instead of ${wanted}`
  }
  return undefined
}
