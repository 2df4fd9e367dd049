import type { NetlinkRequest } from './message.ts'
import { deleteNeighbour, dumpNeighbours, type NeighbourFilter, type NeighbourState } from './neighbour.ts'
import type { NetlinkSocket } from './socket.ts'

export interface NeighboursToFlush extends NeighbourFilter {
  /** All but permanent and noarp when absent, as `ip` does. Not for proxies. */
  states?: readonly NeighbourState[]
}

/**
 * Forgets the neighbours that a filter lets through, and returns how many. rtnetlink has no such request: they are dumped and
 * deleted. Like `ip neighbour flush [proxy] dev DEVICE [nud STATE]`.
 * @throws netlink/refused, netlink/overrun, netlink/closed
 */
export async function flushNeighbours(
  socket: NetlinkSocket,
  { states, ...filter }: NeighboursToFlush,
): Promise<number> {
  const requests: NetlinkRequest[] = []
  for await (const { address, index, state } of socket.dump(dumpNeighbours(filter))) {
    if (address === undefined || (filter.proxy !== true && !isMeant(state, states))) continue
    requests.push(deleteNeighbour({ address, device: index, proxy: filter.proxy === true }))
  }
  const results = await socket.transaction(requests)
  // One that is gone by itself by now is as good as deleted.
  const failed = results.find((result) => !result.ok && result.error.errno !== 'ENOENT')
  if (failed?.ok === false) throw failed.error
  return results.filter(({ ok }) => ok).length
}

function isMeant(state: NeighbourState | number, states: readonly NeighbourState[] | undefined): boolean {
  if (states === undefined) return state !== 'permanent' && state !== 'noarp'
  return states.some((wanted) => wanted === state)
}
