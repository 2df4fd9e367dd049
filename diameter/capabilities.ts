import type { Avps } from '#wire/diameter/avps.ts'
import type { LocalIdentity } from './local-identity.ts'

/** The application id by which a relay says that it carries all of them (RFC 6733, section 2.4). */
export const relayApplication = 0xffffffff

/** What a peer has said of itself in CER or CEA. */
export interface Capabilities {
  identity: string
  realm: string
  /** Authentication, accounting and vendor-specific ids alike: routing asks no more. */
  applications: ReadonlySet<number>
}

/** Our own CER; a CEA is this with a Result-Code (RFC 6733, section 5.3). `address`: ours, on the connection that it is sent on. */
export function localCapabilities(
  local: LocalIdentity,
  address: string,
): Avps<'Capabilities-Exchange', 'request'> {
  const { applications } = local
  return {
    'Origin-Host': local.identity,
    'Origin-Realm': local.realm,
    'Host-IP-Address': [address],
    'Vendor-Id': 0,
    'Product-Name': local.productName,
    'Origin-State-Id': local.originStateId,
    'Auth-Application-Id': 'relay' in applications ? [relayApplication] : [...applications.auth],
    'Acct-Application-Id': 'relay' in applications ? [] : [...applications.accounting],
  }
}

export function capabilitiesOf(avps: Avps<'Capabilities-Exchange', 'request'>): Capabilities {
  const vendorSpecific = (avps['Vendor-Specific-Application-Id'] ?? []).flatMap((application) => [
    application['Auth-Application-Id'] ?? [],
    application['Acct-Application-Id'] ?? [],
  ])
  return {
    identity: avps['Origin-Host'],
    realm: avps['Origin-Realm'],
    applications: new Set([
      ...(avps['Auth-Application-Id'] ?? []),
      ...(avps['Acct-Application-Id'] ?? []),
      ...vendorSpecific.flat(),
    ]),
  }
}

/** Whether the peer takes requests of an application; the common application 0 is everybody's. */
export function supports({ applications }: Capabilities, applicationId: number): boolean {
  return applicationId === 0 || applications.has(applicationId) || applications.has(relayApplication)
}

/** RFC 6733, section 5.3: without one in common the answer is 5010. */
export function haveCommonApplication(local: LocalIdentity, peer: Capabilities): boolean {
  if ('relay' in local.applications) return peer.applications.size > 0
  return [...local.applications.auth, ...local.applications.accounting].some((id) => supports(peer, id))
}
