import type { Avps } from '#wire/diameter/avps.ts'
import type { CommandName } from '#wire/diameter/command.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { toRawMessage } from '#wire/diameter/message.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { localCapabilities } from './capabilities.ts'
import { answerHeader } from './error-answer.ts'
import type { LocalIdentity } from './local-identity.ts'
import type { Security } from './transport-security.ts'

/** The messages between neighbours (RFC 6733, sections 5.3 to 5.5), ready to be sent. */
export class PeerMessages {
  readonly #local: LocalIdentity
  readonly #security: Security

  constructor(local: LocalIdentity, security: Security) {
    this.#local = local
    this.#security = security
  }

  /** `address`: ours on the connection. */
  cer(hopByHop: number, address: string): RawMessage {
    return this.#request(
      'Capabilities-Exchange',
      hopByHop,
      localCapabilities(this.#local, address, this.#security),
    )
  }

  cea(cer: RawMessage, address: string, code: number = resultCode.success): RawMessage {
    return this.#answer(
      'Capabilities-Exchange',
      cer,
      code,
      localCapabilities(this.#local, address, this.#security),
    )
  }

  dwr(hopByHop: number): RawMessage {
    return this.#request('Device-Watchdog', hopByHop, {
      ...this.#origin(),
      'Origin-State-Id': this.#local.originStateId,
    })
  }

  dwa(dwr: RawMessage): RawMessage {
    return this.#answer('Device-Watchdog', dwr, resultCode.success, {
      ...this.#origin(),
      'Origin-State-Id': this.#local.originStateId,
    })
  }

  /** REBOOTING, so that the peer looks for us again. */
  dpr(hopByHop: number): RawMessage {
    return this.#request('Disconnect-Peer', hopByHop, {
      ...this.#origin(),
      'Disconnect-Cause': dictionary['Disconnect-Cause'].values.REBOOTING,
    })
  }

  dpa(dpr: RawMessage): RawMessage {
    return this.#answer('Disconnect-Peer', dpr, resultCode.success, this.#origin())
  }

  #request<Name extends CommandName>(
    command: Name,
    hopByHop: number,
    avps: Avps<Name, 'request'>,
  ): RawMessage {
    return toRawMessage({
      command,
      request: true,
      proxiable: false,
      error: false,
      retransmitted: false,
      applicationId: 0,
      hopByHop,
      endToEnd: this.#local.nextEndToEnd(),
      avps,
    })
  }

  #answer(command: CommandName, request: RawMessage, code: number, avps: object): RawMessage {
    return toRawMessage({
      ...answerHeader(request, code),
      command,
      avps: { 'Result-Code': code, ...avps },
    })
  }

  #origin() {
    return { 'Origin-Host': this.#local.identity, 'Origin-Realm': this.#local.realm }
  }
}
