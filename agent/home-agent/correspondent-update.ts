/** What a correspondent agent is to know of a node, and the Binding Update that says so (draft-ietf-mobileip-optim-11, section 4.3). Pure. */
import type { MobileIpMessageOf } from '#wire/mobile-ip/message.ts'
import { encodeProfileExtension } from '#wire/mobile-ip/profile-extension.ts'
import { isWithin, type Network } from '../route-optimization/network.ts'
import { lastEnd } from './care-of-bindings.ts'
import type { Correspondent } from './correspondents.ts'
import type { MobilityBinding } from './mobility-binding.ts'

/** 65535 would be without end. */
const longestLifetimeSeconds = 65_534

/** Packets are to go by the home agent. */
export const nowhere = 'nowhere'

export interface Whereabouts {
  /** Care-of address and revision, or `nowhere`: what is the same has not to be told again. */
  told: string
  binding?: MobilityBinding
}

/** @param careOfNetworks where tunnels of the correspondent agent are accepted */
export function whereabouts(
  binding: MobilityBinding | undefined,
  careOfNetworks: readonly Network[],
  nowMilliseconds: number,
): Whereabouts {
  // A co-located node ends the tunnel itself, and knows only the one with this agent.
  if (!binding || binding.isCoLocated || lastEnd(binding.careOf) <= nowMilliseconds) return { told: nowhere }
  const [{ careOfAddress }] = binding.careOf
  if (!isWithin(careOfAddress, careOfNetworks)) return { told: nowhere }
  return { told: `${careOfAddress} revision ${binding.profile.revision}`, binding }
}

/** It lives as long as the record and the registration. Without a binding it takes back what was said before. */
export function bindingUpdate(
  { homeAddress, expiresAtMilliseconds }: Correspondent,
  binding: MobilityBinding | undefined,
  { nowMilliseconds, ...message }: { nowMilliseconds: number; identification: bigint; acknowledge: boolean },
): MobileIpMessageOf<'binding-update', unknown> {
  const [current] = binding?.careOf ?? []
  const endsAt = Math.min(expiresAtMilliseconds, current?.expiresAtMilliseconds ?? 0)
  const secondsLeft = Math.max(0, Math.floor((endsAt - nowMilliseconds) / 1000))
  return {
    type: 'binding-update',
    flags: {
      acknowledge: message.acknowledge,
      identificationPresent: true,
      minimalEncapsulation: false,
      gre: false,
    },
    lifetimeSeconds: Math.min(longestLifetimeSeconds, secondsLeft),
    homeAddress,
    careOfAddress: current?.careOfAddress ?? homeAddress,
    identification: message.identification,
    extensions: binding ? [encodeProfileExtension(binding.profile)] : [],
  }
}
