/**
 * The service profile in a Binding Update: a Critical Vendor Extension (RFC 3115, section 2.1) with the AVPs that also Diameter messages
 * carry it in. Critical, since who tunnels without it would send unshaped; and the form with a length of two bytes, for a profile with
 * filters and flows is longer than 255.
 */
import { decodeAvps, encodeAvps } from '../diameter/avp.ts'
import type { Grammar } from '../diameter/avp-table.ts'
import { dictionary } from '../diameter/dictionary.ts'
import { decodeGroup, encodeGroup } from '../diameter/group.ts'
import {
  decodeServiceProfile,
  encodeServiceProfile,
  type ServiceProfile,
} from '../diameter/service-profile.ts'
import type { ExtensionOf, Placed } from './extension-format.ts'
import type { routeOptimizationExtensions } from './route-optimization.ts'

type BindingExtension = ExtensionOf<typeof routeOptimizationExtensions>

const { vendorId } = dictionary['Service-Profile']
/** Of our vendor extensions. */
const vendorType = 1

const grammar = { 'QoS-Resources': '*', 'Service-Profile': '1' } as const satisfies Grammar

/** @throws wire/unencodable */
export function encodeProfileExtension(
  profile: ServiceProfile,
): Extract<BindingExtension, { kind: 'critical-vendor' }> {
  return {
    kind: 'critical-vendor',
    vendorId,
    vendorType,
    value: encodeAvps(encodeGroup(grammar, encodeServiceProfile(profile))),
  }
}

/**
 * The profile among the extensions of a Binding Update; undefined where there is none, or an extension that must be understood and is
 * not. @throws wire/malformed, wire/truncated
 */
export function decodeProfileExtension(
  extensions: readonly Placed<BindingExtension>[],
): ServiceProfile | undefined {
  const [extension, ...more] = extensions.filter(({ kind }) => kind === 'critical-vendor')
  if (extension?.kind !== 'critical-vendor' || more.length > 0) return undefined
  if (extension.vendorId !== vendorId || extension.vendorType !== vendorType) return undefined
  return decodeServiceProfile(decodeGroup(grammar, decodeAvps(extension.value)))
}
