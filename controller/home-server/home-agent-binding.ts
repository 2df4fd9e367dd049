/** A registration at its home agent, which carries it out (RFC 4004, sections 5.3 and 5.4) or asks for it by itself. */
import { describeError } from '#core/error.ts'
import { type Ipv4Address, unspecifiedAddress } from '#core/ipv4.ts'
import { type AnswerBody, isSuccess } from '#diameter/handler.ts'
import type { Avps } from '#wire/diameter/avps.ts'
import { isProtocolErrorCode, resultCode } from '#wire/diameter/result-code.ts'
import type { AcceptedRegistration } from '../database/service-control-database.ts'
import type { Admission, Refusal } from './admission.ts'
import type { AuthenticRequest } from './authentication.ts'
import { readDatapathReport } from './datapath-reports.ts'
import { homeAgentRequest } from './home-agent-request.ts'
import { mismatch } from './profile-transfer.ts'
import type { Server } from './server.ts'

type Request = Avps<'AA-Mobile-Node', 'request'>
type Answer = AnswerBody<'AA-Mobile-Node'>

/** What comes before it included, the home agent has to answer while the foreign agent, which waits as long for us, still waits. */
const shareOfRequestTimeout = 0.8

/** A registration as it stands at the home agent. */
export interface HomeAgentBinding {
  homeAgent: AcceptedRegistration['homeAgent']
  homeAddress: Ipv4Address
  acctMultiSessionId: string | undefined
  /** Reply and keys, for who asked. */
  answer: Partial<Answer>
}

/** Asks the home agent, when some of the time is spent already. Its refusal is passed on, but for a fault of the way to it, which is not one of the way to us. */
export async function bind(
  server: Server,
  avps: Request,
  authentic: AuthenticRequest,
  admission: Admission,
  spentMilliseconds: number,
): Promise<HomeAgentBinding | (Refusal & Pick<Answer, 'MIP-Reg-Reply'>)> {
  const { diameter, config } = server
  const { homeAgent, effective } = admission
  const sentAt = performance.now()
  const answer = await diameter
    .request('Home-Agent-MIP', homeAgentRequest(authentic, avps, admission), {
      timeoutMilliseconds:
        config.diameter.requestTimeoutSeconds * 1000 * shareOfRequestTimeout - spentMilliseconds,
    })
    .catch((error: unknown) => describeError(error))
  const milliseconds = Math.round((performance.now() - sentAt) * 100) / 100
  const refusal = (code: number, reason: string): Refusal => ({
    'Result-Code': code,
    'Error-Message': `${homeAgent.identity}: ${reason}`,
  })
  if (typeof answer === 'string') return refusal(resultCode.homeAgentNotAvailable, answer)
  if (!isSuccess(answer)) {
    const {
      'Result-Code': code = resultCode.unableToComply,
      'Error-Message': reason = 'no reason given',
      'MIP-Reg-Reply': reply,
    } = answer.avps
    const passedOn = isProtocolErrorCode(code) ? resultCode.homeAgentNotAvailable : code
    return { ...refusal(passedOn, reason), ...(reply && { 'MIP-Reg-Reply': reply }) }
  }

  const { 'MIP-Reg-Reply': reply, 'MIP-Mobile-Node-Address': homeAddress = admission.homeAddress } =
    answer.avps
  const address = specified(answer.avps['MIP-Home-Agent-Address']) ?? homeAgent.address
  if (!reply || address === undefined || homeAddress === undefined || homeAddress === unspecifiedAddress)
    return refusal(resultCode.unableToComply, 'its success lacks the reply or an address')
  if (admission.homeAddress !== undefined && homeAddress !== admission.homeAddress)
    return refusal(resultCode.unableToComply, `it bound ${homeAddress} instead of ${admission.homeAddress}`)
  const failure = mismatch(effective, answer.avps, 'home-agent')
  const datapath = readDatapathReport(server, homeAgent.identity, answer.avps['Datapath-Report'])
  return {
    homeAgent: {
      sessionId: admission.homeSessionId,
      node: answer.avps['Origin-Host'].toLowerCase(),
      realm: answer.avps['Origin-Realm'],
      address,
      installation:
        failure === undefined
          ? { applied: { revision: effective.revision, milliseconds }, datapath }
          : { failure: { kind: 'refused', reason: failure, revision: effective.revision }, datapath },
    },
    homeAddress,
    acctMultiSessionId: answer.avps['Acct-Multi-Session-Id'] ?? admission.acctMultiSessionId,
    answer: { 'MIP-Reg-Reply': reply, ...admission.keys.forForeignAgent(answer.avps) },
  }
}

/** RFC 4004, section 3.3: the home agent makes reply and binding itself, from this answer. */
export function ownBinding(
  avps: Request,
  { request }: AuthenticRequest,
  { homeAgent, homeSessionId, homeAddress, acctMultiSessionId, keys }: Admission,
): HomeAgentBinding | Refusal {
  if (homeAddress === undefined)
    return {
      'Result-Code': resultCode.authorizationRejected,
      'Error-Message': 'the node has no home address',
    }
  return {
    homeAgent: {
      sessionId: homeSessionId,
      node: homeAgent.identity.toLowerCase(),
      realm: homeAgent.realm,
      address: homeAgent.address ?? request.homeAgent,
      installation: undefined,
    },
    homeAddress,
    acctMultiSessionId: avps['Acct-Multi-Session-Id'] ?? acctMultiSessionId,
    answer: keys.forMobileNodeAndHomeAgent ?? {},
  }
}

function specified(address: Ipv4Address | undefined): Ipv4Address | undefined {
  return address === unspecifiedAddress ? undefined : address
}
