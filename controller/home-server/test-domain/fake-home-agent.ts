import type { AnswerBody } from '#diameter/handler.ts'
import type { DiameterNode } from '#diameter/node.ts'
import type { RequestMessage } from '#wire/diameter/message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { decodeServiceProfile, encodeServiceProfile } from '#wire/diameter/service-profile.ts'
import { FakeProfileHolder } from './fake-profile-holder.ts'

export const registrationReply = Buffer.from('registration reply')
export const acctMultiSessionId = 'ha.home.example;multi;1'
/** By which foreign agents authenticate to the home agents of the tests. */
export const homeAgentSpi = 8000

/** Accepts every registration, holds the profile of the last one. */
export class FakeHomeAgent extends FakeProfileHolder {
  readonly registrations: RequestMessage<'Home-Agent-MIP'>['avps'][] = []
  /** Given instead of the acceptance. */
  denial: AnswerBody<'Home-Agent-MIP'> | undefined
  /** Goes over the acceptance. */
  change: (acceptance: AnswerBody<'Home-Agent-MIP'>) => AnswerBody<'Home-Agent-MIP'> = (same) => same

  /** `assigns`: the home address for a node that is given none. */
  constructor(node: DiameterNode, address = '192.0.2.1', assigns = '0.0.0.0') {
    super(node)
    node.handle('Home-Agent-MIP', ({ avps }) => {
      this.registrations.push(avps)
      if (this.denial) return this.denial
      const asked = decodeServiceProfile(avps)
      if (!asked) return { 'Result-Code': resultCode.missingAvp }
      this.held = this.kernel(asked)
      return this.change({
        'Result-Code': resultCode.success,
        'MIP-Reg-Reply': registrationReply,
        'MIP-Home-Agent-Address': address,
        'MIP-Mobile-Node-Address': avps['MIP-Mobile-Node-Address'] ?? assigns,
        'Acct-Multi-Session-Id': acctMultiSessionId,
        ...(avps['MIP-HA-to-FA-MSA'] && { 'MIP-FA-to-HA-SPI': homeAgentSpi }),
        ...encodeServiceProfile(this.held),
        ...this.located(),
      })
    })
  }

  /** The home agent ends its session: the binding expired or the node deregistered. */
  terminate(cause: number) {
    return this.node.request('Session-Termination', {
      'Session-Id': this.registrations.at(-1)?.['Session-Id'] ?? '',
      'Destination-Realm': 'home.example',
      'Termination-Cause': cause,
    })
  }
}
