/**
 * Which nodes of home networks this host sends to by the ordinary way. The kernel carries every packet; of some it gives this process a copy
 * of the headers, as many as fit in a small buffer that is emptied at fixed times. What goes through a tunnel of ours has another
 * destination outside, so a node that is bound is not seen here.
 */

import type { Clock, Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import { decodeIpv4, type Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { etherTypes } from '#wire/ip/ethernet.ts'
import type { Instruction } from '../access-link/packet-filter.ts'
import { PacketSocket } from '../access-link/packet-socket.ts'
import type { Network } from '../route-optimization/network.ts'

const lookMilliseconds = 250
/** The kernel charges a frame of 1500 bytes with about 2,300. */
export const waitingBytes = 128 * 1024
/** In an Ethernet frame that carries IPv4 without a VLAN tag. */
const offset = { etherType: 12, destination: 30 } as const
const headersBytes = offset.destination + 4
/** linux/filter.h: SKF_AD_OFF + SKF_AD_PKTTYPE; linux/if_packet.h */
const packetType = 0xffff_f004
const PACKET_OUTGOING = 4

/** The headers of IPv4 packets to one of these networks that go out. */
export function towardsHomeFilter(networks: readonly Network[]): Instruction[] {
  const drop: Instruction = { code: 'ret #k', k: 0 }
  return [
    { code: 'ld [k]', k: packetType },
    { code: 'jeq #k', k: PACKET_OUTGOING, jt: 1 },
    drop,
    { code: 'ldh [k]', k: offset.etherType },
    { code: 'jeq #k', k: etherTypes.ipv4, jt: 1 },
    drop,
    ...networks.flatMap(({ first, mask }): Instruction[] => [
      { code: 'ld [k]', k: offset.destination },
      { code: 'and #k', k: mask },
      { code: 'jeq #k', k: first, jf: 1 },
      { code: 'ret #k', k: headersBytes },
    ]),
    drop,
  ]
}

/**
 * Calls `seen` with each destination that was among the copies, a few times a second. Needs CAP_NET_RAW.
 * @throws os/system-call
 */
export function watchUnoptimized({
  interface: interfaceName,
  networks,
  seen,
  clock,
  log,
}: {
  interface: string
  networks: readonly Network[]
  seen(destination: Ipv4Address): void
  clock: Clock
  log: Log
}): { close(): void } {
  const packets = PacketSocket.open(interfaceName, towardsHomeFilter(networks), { sees: 'all', waitingBytes })
  let timer: Timer
  const look = (): void => {
    try {
      const destinations = new Set<Ipv4Address>()
      for (let frame = packets.read(); frame; frame = packets.read())
        if (frame.length >= headersBytes) destinations.add(decodeIpv4(frame, offset.destination))
      for (const destination of destinations) seen(destination)
    } catch (error) {
      log.error(
        { event: 'unoptimized-traffic', reason: describeError(error) },
        'the uplink cannot be looked at',
      )
    }
    timer = clock.after(lookMilliseconds, look)
  }
  look()
  return {
    close() {
      timer.cancel()
      packets.close()
    },
  }
}
