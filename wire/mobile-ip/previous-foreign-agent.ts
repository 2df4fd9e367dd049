/**
 * The Previous Foreign Agent Notification (draft-ietf-mobileip-optim-11): a mobile node asks its new foreign agent to send a Binding
 * Update to the one that it left, and computes the authenticator for it ahead, over the body of that update alone. The draft leaves
 * open which update that is; here it asks for an acknowledgment and carries the identification of the registration.
 */
import { computeAuthenticator, isGenuine, type MobilitySecurityAssociation } from './authentication.ts'
import type { Extension } from './extension.ts'
import type { ExtensionOf } from './extension-format.ts'
import { encodeMobileIpMessage, type MobileIpMessageOf } from './message.ts'
import type { RegistrationRequest } from './registration-request.ts'
import type { routeOptimizationExtensions } from './route-optimization.ts'

export type PreviousForeignAgentNotification = Extract<
  Extension,
  { kind: 'previous-foreign-agent-notification' }
>

type Registering = Pick<RegistrationRequest, 'homeAddress' | 'identification'>
type Announced = Pick<PreviousForeignAgentNotification, 'cacheLifetimeSeconds' | 'newCareOfAddress'>

function bindingUpdate(
  { homeAddress, identification }: Registering,
  { cacheLifetimeSeconds, newCareOfAddress }: Announced,
  extensions: ExtensionOf<typeof routeOptimizationExtensions>[],
): MobileIpMessageOf<'binding-update', unknown> {
  const flags = { acknowledge: true, identificationPresent: true, minimalEncapsulation: false, gre: false }
  return {
    type: 'binding-update',
    flags,
    lifetimeSeconds: cacheLifetimeSeconds,
    homeAddress,
    careOfAddress: newCareOfAddress,
    identification,
    extensions,
  }
}

/** The mobile node's side: the authenticator of a notification. `association`: with the previous foreign agent. */
export function notificationAuthenticator(
  request: Registering,
  announced: Announced,
  association: MobilitySecurityAssociation,
): Buffer {
  return computeAuthenticator(encodeMobileIpMessage(bindingUpdate(request, announced, [])), association)
}

/** The new foreign agent's side: the Binding Update to send to `notification.previousForeignAgent`. @throws wire/unencodable */
export function announcedBindingUpdate(
  request: Registering,
  notification: PreviousForeignAgentNotification,
): Buffer {
  const { spi, authenticator } = notification
  const authentication = { kind: 'generalized-binding-authentication', spi, authenticator } as const
  return encodeMobileIpMessage(bindingUpdate(request, notification, [authentication]))
}

/**
 * The previous foreign agent's side: whether the Binding Update `bytes` was announced by the mobile node of the association. Its
 * authenticator covers the body only, unlike that of an update from a home agent (`verifyExtension`).
 */
export function isAnnouncedByNode(
  bytes: Buffer,
  update: MobileIpMessageOf<'binding-update'>,
  association: MobilitySecurityAssociation,
): boolean {
  const [extension, ...more] = update.extensions
  if (extension?.kind !== 'generalized-binding-authentication' || more.length > 0) return false
  return (
    extension.spi === association.spi &&
    isGenuine(extension.authenticator, bytes.subarray(0, extension.offset), association)
  )
}
