import type { NewAction } from '#netlink/action.ts'
import { readPedit } from '#netlink/action-pedit.ts'
import { readPolice } from '#netlink/action-police.ts'
import type { Encodable } from '#netlink/attribute.ts'
import type { flowerAttributes } from '#netlink/filter-flower-attribute.ts'

/**
 * What a flower filter of ours asks for and does, in one line, the same from what we send and from what the kernel answers: what it
 * counts, numbers and fills in by itself is left out. @param indexOf for interfaces that are given by name
 */
export function packetFilterTerms(
  value: Encodable<typeof flowerAttributes>,
  indexOf: (device: string) => unknown = (device) => device,
): string {
  const { source, sourceMask, destination, destinationMask, sourceLinkAddress, ipProtocol, icmpType } = value
  const { firstSourcePort, lastSourcePort, firstDestinationPort, lastDestinationPort, actions = [] } = value
  const terms = {
    source: source && `${source} ${sourceMask}`,
    destination: destination && `${destination} ${destinationMask}`,
    sourceLinkAddress: sourceLinkAddress?.toLowerCase(),
    ipProtocol,
    icmpType,
    sourcePort: value.udpSourcePort ?? value.tcpSourcePort ?? value.sctpSourcePort,
    destinationPort: value.udpDestinationPort ?? value.tcpDestinationPort ?? value.sctpDestinationPort,
    sourcePorts: firstSourcePort && `${firstSourcePort}-${lastSourcePort}`,
    destinationPorts: firstDestinationPort && `${firstDestinationPort}-${lastDestinationPort}`,
  }
  const matching = Object.entries(terms).flatMap(([name, term]) =>
    term === undefined ? [] : `${name} ${term}`,
  )
  return [...matching, ...actions.map((action) => actionTerms(action, indexOf))].join(', ')
}

function actionTerms({ kind, options }: NewAction, indexOf: (device: string) => unknown): string {
  const { skbedit, gact, mirred, police, pedit, csum } = options ?? {}
  if (skbedit) return `mark ${skbedit.mark}`
  if (gact) return String(gact.parameters?.verdict)
  if (mirred) {
    const { direction, device } = mirred.parameters ?? {}
    return `${direction} ${typeof device === 'string' ? indexOf(device) : device}`
  }
  if (police) {
    const { rateBitsPerSecond, exceed, conform } = readPolice(police)
    return `police ${rateBitsPerSecond} ${exceed}/${conform}`
  }
  if (pedit) return `pedit ${readPedit(pedit).map(({ offset, mask, value }) => `${offset} ${mask} ${value}`)}`
  return `${kind} ${csum?.parameters?.updates ?? ''}`
}
