import type { Ipv4Address } from '#core/ipv4.ts'

export interface TcpConnections {
  /** When each connection to the address was opened, milliseconds since 1970. */
  openedMilliseconds: number[]
  /** When a connection with it was reset, by whichever end. */
  resetMilliseconds: number[]
}

/** Reads the lines of `tcpdump -tt -n` on a capture of SYN and RST: `1700000000.123456 IP 203.0.113.10.4000 > 192.0.2.11.5201: Flags [S], …`. */
export function tcpConnections(text: string, to: Ipv4Address): TcpConnections {
  const lines = [...text.matchAll(/^([\d.]+) IP (\S+)\.\d+ > (\S+)\.\d+: Flags \[([^\]]+)\]/gm)].map(
    ([, time, source, destination, flags = '']) => ({
      atMilliseconds: Number(time) * 1000,
      source,
      destination,
      flags,
    }),
  )
  return {
    openedMilliseconds: lines
      .filter(({ destination, flags }) => destination === to && flags === 'S')
      .map(({ atMilliseconds }) => atMilliseconds),
    resetMilliseconds: lines
      .filter(
        ({ source, destination, flags }) => (source === to || destination === to) && flags.startsWith('R'),
      )
      .map(({ atMilliseconds }) => atMilliseconds),
  }
}
