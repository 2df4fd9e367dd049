import type { Log } from '#core/log.ts'
import type { Fault } from '#diameter/error-answer.ts'
import { sameIdentity } from '#diameter/local-identity.ts'
import type { RawAvp } from '#wire/diameter/avp.ts'
import type { AvpValue } from '#wire/diameter/avps.ts'
import { commands } from '#wire/diameter/command.ts'
import { type AvpName, dictionary } from '#wire/diameter/dictionary.ts'
import { avpsNamed, encodeNamedAvp, firstValue } from '#wire/diameter/group.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import type { ForeignServerConfig } from './config.ts'

const features = dictionary['MIP-Feature-Vector'].values
const ownFeatures = features['Foreign-Home-Agent-Available'] | features['Home-Agent-In-Foreign-Network']
const homeRealmOnly = features['Home-Address-Allocatable-Only-in-Home-Realm']

interface AllocationParts extends Pick<ForeignServerConfig, 'identity' | 'realm' | 'homeAgents'> {
  openPeers(): readonly string[]
  log: Log
}

/**
 * What a foreign server makes of the requests that it forwards, so that a node finds a home agent in the network that it visits (RFC
 * 4004, sections 3.2 and 7.5): in an AMR of its realm's agents it says what it can offer; a HAR that a home server addresses to it goes
 * on to the home agent that it chooses, which answers the home server. Everything else, and without home agents all but a HAR to
 * itself, passes as it came.
 */
export function homeAgentAllocation(parts: AllocationParts): (request: RawMessage) => RawMessage | Fault {
  const { identity, realm, homeAgents, openPeers, log } = parts
  const reachable = (): ForeignServerConfig['homeAgents'] => {
    const open = openPeers()
    return homeAgents.filter((each) => open.some((peer) => sameIdentity(peer, each.identity)))
  }
  return (request) => {
    if (!request.request) return request
    const destination = firstValue(request.avps, 'Destination-Host')
    if (
      request.commandCode === commands['Home-Agent-MIP'].code &&
      destination &&
      sameIdentity(destination, identity)
    )
      return allocate(request)
    const origin = firstValue(request.avps, 'Origin-Realm')
    const isOfOurAgent = origin !== undefined && sameIdentity(origin, realm)
    const isAmr = request.commandCode === commands['AA-Mobile-Node'].code
    return isAmr && isOfOurAgent && homeAgents.length > 0 ? offer(request) : request
  }

  /** Only the foreign server may set the two flags; whatever an agent said of them is taken away. */
  function offer(request: RawMessage): RawMessage {
    const asked = firstValue(request.avps, 'MIP-Feature-Vector') ?? 0
    const address = firstValue(request.avps, 'MIP-Home-Agent-Address')
    const wanted = homeAgents.find((each) => each.address === address)
    const wantsAny = (asked & features['Home-Agent-Requested']) !== 0 && (asked & homeRealmOnly) === 0
    const offered = wantsAny ? reachable()[0] : undefined
    let flags = asked & ~ownFeatures
    if (wanted) flags |= features['Home-Agent-In-Foreign-Network']
    else if (offered) flags |= features['Foreign-Home-Agent-Available']
    const candidate = wanted ?? offered
    return amended(request, {
      'MIP-Feature-Vector': flags,
      'MIP-Candidate-Home-Agent-Host': candidate?.identity,
      'MIP-Originating-Foreign-AAA': candidate && { 'Origin-Realm': realm, 'Origin-Host': identity },
    })
  }

  function allocate(request: RawMessage): RawMessage | Fault {
    const address = firstValue(request.avps, 'MIP-Home-Agent-Address')
    const candidate = firstValue(request.avps, 'MIP-Candidate-Home-Agent-Host')
    const allowed = homeAgents.filter((each) => address === undefined || each.address === address)
    if (allowed.length === 0)
      return {
        resultCode: resultCode.noForeignHomeAgentService,
        errorMessage: `${realm} has no home agent ${address ?? ''} for visitors`,
      }
    const open = reachable().filter((each) => allowed.includes(each))
    const chosen =
      open.find((each) => candidate !== undefined && sameIdentity(each.identity, candidate)) ?? open[0]
    if (!chosen)
      return {
        resultCode: resultCode.homeAgentNotAvailable,
        errorMessage: `no home agent of ${realm} can be reached`,
      }
    log.info(
      {
        event: 'home-agent-allocated',
        nai: firstValue(request.avps, 'User-Name'),
        homeAgent: chosen.identity,
      },
      `${chosen.identity} becomes the home agent of a visitor`,
    )
    return amended(request, { 'Destination-Host': chosen.identity, 'MIP-Home-Agent-Address': chosen.address })
  }
}

/** The request with these AVPs instead of those of the same name; undefined takes one away. The others stay in their order. */
function amended(
  request: RawMessage,
  change: { [Name in AvpName]?: AvpValue<Name> | undefined },
): RawMessage {
  let { avps } = request
  for (const [name, value] of Object.entries(change) as [AvpName, unknown][]) {
    const former = avpsNamed(avps, name)
    const [place = avps.length] = former.map((avp) => avps.indexOf(avp))
    const others: RawAvp[] = avps.filter((avp) => !former.includes(avp))
    avps = value === undefined ? others : others.toSpliced(place, 0, encodeNamedAvp(name, value))
  }
  return { ...request, avps }
}
