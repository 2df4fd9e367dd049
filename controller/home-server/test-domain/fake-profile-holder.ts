import { isDeepStrictEqual } from 'node:util'
import type { AnswerBody } from '#diameter/handler.ts'
import type { DiameterNode } from '#diameter/node.ts'
import type { AvpValue } from '#wire/diameter/avps.ts'
import { type DatapathReport, encodeDatapathReport } from '#wire/diameter/datapath-report.ts'
import type { RequestMessage } from '#wire/diameter/message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import {
  decodeServiceProfile,
  encodeServiceProfile,
  type ServiceProfile,
} from '#wire/diameter/service-profile.ts'

/**
 * The half of a mobility agent that both kinds share: it holds a profile and takes a new one by
 * QoS-Install-Request.
 */
export class FakeProfileHolder {
  readonly node: DiameterNode
  /** What its kernel would hold. */
  held: ServiceProfile | undefined
  datapath: DatapathReport = {
    tunnels: [{ interface: 'sj-iCgEBAsAAAgE', encapsulation: 'ipip', remote: '10.1.1.2' }],
    classes: [
      { name: 'downlink', interface: 'core0', classId: 0x4400_0001, mark: 0x4400_0001 },
      { name: 'rest', interface: 'core0', classId: 0x4400_0002 },
    ],
  }
  readonly installs: RequestMessage<'QoS-Install'>['avps'][] = []
  /** Orders to forward to another agent, in their order. */
  readonly forwards: RequestMessage<'QoS-Install'>['avps'][] = []
  /** How many of the next ones nobody answers. */
  losesForwards = 0
  /** Answered to the next installs, whatever they say. */
  installResult: number | undefined
  /** The kernel's reason to refuse the next installs; one that changes nothing there it does not refuse. */
  refusal: string | undefined
  /** Makes what is read back differ from what was asked. */
  kernel: (profile: ServiceProfile) => ServiceProfile = (profile) => profile
  /** An install is answered when this is fulfilled. */
  gate: Promise<void> = Promise.resolve()

  constructor(node: DiameterNode) {
    this.node = node
    node.handle('QoS-Install', ({ avps }) => this.#install(avps))
  }

  /** Where its kernel would have it. */
  located(): { 'Datapath-Report': AvpValue<'Datapath-Report'> } {
    return { 'Datapath-Report': encodeDatapathReport(this.datapath) }
  }

  async #install(avps: RequestMessage<'QoS-Install'>['avps']): Promise<AnswerBody<'QoS-Install'>> {
    if (avps['Next-Visit']) return this.#forward(avps)
    this.installs.push(avps)
    await this.gate
    if (this.installResult !== undefined)
      return { 'Result-Code': this.installResult, 'Error-Message': 'as the test wants it' }
    const asked = decodeServiceProfile(avps)
    if (!asked) return { 'Result-Code': resultCode.missingAvp }
    const isChange = !isDeepStrictEqual({ ...this.held, revision: 0 }, { ...asked, revision: 0 })
    if (this.refusal !== undefined && isChange)
      return { 'Result-Code': resultCode.unableToComply, 'Error-Message': this.refusal }
    if (!this.held || asked.revision >= this.held.revision) this.held = this.kernel(asked)
    return { 'Result-Code': resultCode.success, ...encodeServiceProfile(this.held), ...this.located() }
  }

  async #forward(avps: RequestMessage<'QoS-Install'>['avps']): Promise<AnswerBody<'QoS-Install'>> {
    this.forwards.push(avps)
    if (this.losesForwards-- > 0) await new Promise(() => {})
    return { 'Result-Code': resultCode.success }
  }
}
