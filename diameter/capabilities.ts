import { encodeAvps } from '#wire/diameter/avp.ts'
import type { Avps } from '#wire/diameter/avps.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { encodeNamedAvp } from '#wire/diameter/group.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import type { Fault } from './error-answer.ts'
import type { LocalIdentity } from './local-identity.ts'
import type { Security } from './transport-security.ts'

/** The application id by which a relay says that it carries all of them (RFC 6733, section 2.4). */
export const relayApplication = 0xffffffff

/** Version 0.1.0 as 100 * minor + patch, with 10000 * major. */
export const firmwareRevision = 100

const { NO_INBAND_SECURITY, TLS } = dictionary['Inband-Security-Id'].values

type CapabilityAvps = Avps<'Capabilities-Exchange', 'request'>

/** What a peer has said of itself in CER or CEA. */
export interface Capabilities {
  identity: string
  realm: string
  /** Authentication, accounting and vendor-specific ids alike: routing asks no more. */
  applications: ReadonlySet<number>
  /** Inband-Security-Id; none is the same as NO_INBAND_SECURITY (RFC 6733, section 6.10). */
  inbandSecurity: readonly number[]
  originStateId: number | undefined
  /** For the log: its addresses, and what it is. */
  description: object
}

/** Our own CER; a CEA is this with a Result-Code (RFC 6733, section 5.3). `address`: ours, on the connection that it is sent on. */
export function localCapabilities(local: LocalIdentity, address: string, security: Security): CapabilityAvps {
  const { applications } = local
  return {
    'Origin-Host': local.identity,
    'Origin-Realm': local.realm,
    'Host-IP-Address': [address],
    'Vendor-Id': 0,
    'Product-Name': local.productName,
    'Origin-State-Id': local.originStateId,
    'Supported-Vendor-Id': [dictionary['Service-Profile'].vendorId],
    'Auth-Application-Id': 'relay' in applications ? [relayApplication] : [...applications.auth],
    'Inband-Security-Id': security === 'inband-tls' ? [TLS] : [],
    'Acct-Application-Id': 'relay' in applications ? [] : [...applications.accounting],
    'Firmware-Revision': firmwareRevision,
  }
}

export function capabilitiesOf(avps: CapabilityAvps): Capabilities {
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
    inbandSecurity: avps['Inband-Security-Id'] ?? [],
    originStateId: avps['Origin-State-Id'],
    description: {
      addresses: avps['Host-IP-Address'],
      product: avps['Product-Name'],
      firmware: avps['Firmware-Revision'],
      vendors: [avps['Vendor-Id'], ...(avps['Supported-Vendor-Id'] ?? [])],
    },
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

/** RFC 6733, section 6.11: a Vendor-Specific-Application-Id names exactly one application. */
export function vendorSpecificFault(avps: CapabilityAvps): Fault | undefined {
  for (const group of avps['Vendor-Specific-Application-Id'] ?? []) {
    const { 'Auth-Application-Id': auth, 'Acct-Application-Id': accounting } = group
    if ((auth === undefined) !== (accounting === undefined)) continue
    return {
      resultCode: auth === undefined ? resultCode.missingAvp : resultCode.avpOccursTooManyTimes,
      errorMessage:
        'a Vendor-Specific-Application-Id names either an authentication or an accounting application',
      failedAvp: encodeAvps([encodeNamedAvp('Vendor-Specific-Application-Id', group)]),
    }
  }
  return undefined
}

/**
 * Why a connection is not as our configuration of the peer wants it, which is answered with 5017 (RFC 6733, section 5.3); undefined
 * when it is. `isTls`: the capabilities came by TLS.
 */
export function securityFault(security: Security, isTls: boolean, peer: Capabilities): string | undefined {
  const { identity, inbandSecurity } = peer
  switch (security) {
    case 'tls':
      return isTls ? undefined : `${identity} has to use TLS from the first byte`
    case 'inband-tls':
      if (isTls) return `${identity} has to use in-band TLS, and not TLS from the first byte`
      return inbandSecurity.includes(TLS)
        ? undefined
        : `${identity} has to use in-band TLS and does not offer it`
    case 'none':
      if (isTls) return `${identity} has to use plain TCP`
      if (inbandSecurity.length === 0 || inbandSecurity.includes(NO_INBAND_SECURITY)) return undefined
      return `${identity} insists on in-band TLS, for which it is not configured here`
  }
}
