/** What a home server, or another agent, may order of a foreign agent by QoS-Install-Request (RFC 5866, section 5.3). */
import type { Handler } from '#diameter/handler.ts'
import type { ForwardOrders } from './forward-orders.ts'
import type { RegistrationIntake } from './registration-intake.ts'
import type { VisitProvision } from './visit-provision.ts'

export interface QosInstallParts {
  intake: Pick<RegistrationIntake, 'awaiting'>
  /** For a registration whose answer has not come yet. */
  provision: Pick<VisitProvision, 'receive'>
  /** For a visitor that moves on. */
  forwardOrders: Pick<ForwardOrders, 'receive'>
  /** For a visitor. */
  install: Handler<'QoS-Install'>
}

export function handleQosInstall({
  intake,
  provision,
  forwardOrders,
  install,
}: QosInstallParts): Handler<'QoS-Install'> {
  return (request, context) => {
    const { avps } = request
    if (avps['Next-Visit']) return forwardOrders.receive(avps, context)
    const pending = intake.awaiting(avps['Bound-Auth-Session-Id'] ?? '')
    return pending ? provision.receive(avps, pending) : install(request, context)
  }
}
