import { type LinkType, linkMessage, RTM_LINK } from './link.ts'
import { command, verbFlags } from './message.ts'

/**
 * Gives a tunnel other parameters while it carries traffic. They are all of its parameters: what is absent
 * gets the value that it has in a new tunnel, except mark, encapsulation, `ignoreDontFragment` and 6rd
 * prefixes over IPv4, which the kernel keeps. The kernel never changes the mode of ipip and sit, nor
 * identifier and ports of vxlan. Refused with EINVAL where the tunnel collects metadata or the remote end
 * would come or go, with EEXIST where another tunnel has these ends and keys. Like `ip link set DEVICE type
 * KIND ...` with every parameter.
 */
export function changeTunnel(device: string | number, type: LinkType) {
  const which = typeof device === 'string' ? { name: device } : { index: device }
  return command(linkMessage, RTM_LINK.NEW, verbFlags.set, { ...which, info: type })
}
