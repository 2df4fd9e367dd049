/** What a process sees of its network namespace under `/proc/PID/net`: a look costs no process, so it can be taken often. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Ipv4Address } from '#core/ipv4.ts'

const listening = '0A'

function netFile(processId: number, name: string): string {
  try {
    return readFileSync(`/proc/${processId}/net/${name}`, 'utf8')
  } catch {
    // The process has ended: there is nothing to see any more.
    return ''
  }
}

/** Bytes and packets that an interface has received, from `/proc/net/dev`. */
export function receivedOn(name: string, devices: string): { bytes: number; packets: number } {
  const line = devices.split('\n').find((candidate) => candidate.trimStart().startsWith(`${name}:`))
  const [bytes = '0', packets = '0'] = line?.split(':')[1]?.trim().split(/\s+/) ?? []
  return { bytes: Number(bytes), packets: Number(packets) }
}

/** Whether `/proc/net/tcp` shows a socket that listens on the port, at any address. */
export function isListening(port: number, sockets: string): boolean {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  return sockets.split('\n').some((line) => {
    const [, local, , state] = line.trim().split(/\s+/)
    return local?.endsWith(`:${wanted}`) === true && state === listening
  })
}

/** Whether `/proc/net/route` has a default route (destination and mask zero). */
export function hasDefaultRoute(routes: string): boolean {
  return routes.split('\n').some((line) => {
    const [, destination, , , , , , mask] = line.trim().split(/\s+/)
    return destination === '00000000' && mask === '00000000'
  })
}

/** The router of the default route in `/proc/net/route`, where an address is written as a number of the machine. */
export function defaultRouter(routes: string): Ipv4Address | undefined {
  for (const line of routes.split('\n')) {
    const [, destination, gateway = '', , , , , mask] = line.trim().split(/\s+/)
    if (destination === '00000000' && mask === '00000000')
      return (gateway.match(/../g) ?? [])
        .reverse()
        .map((byte) => Number.parseInt(byte, 16))
        .join('.')
  }
  return undefined
}

/** Whether `/proc/net/netlink` shows that one of these sockets (by inode) listens to notifications of rtnetlink (protocol 0). */
export function hearsRtnetlink(inodes: ReadonlySet<string>, sockets: string): boolean {
  return sockets.split('\n').some((line) => {
    const [, protocol, , groups, , , , , , inode] = line.trim().split(/\s+/)
    return protocol === '0' && groups !== '00000000' && inodes.has(inode ?? '')
  })
}

/** The inodes of the sockets that a process has open, from `/proc/PID/fd`. */
function socketsOf(processId: number): Set<string> {
  const inodes = new Set<string>()
  try {
    for (const fd of readdirSync(`/proc/${processId}/fd`)) {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${processId}/fd/${fd}`)) ?? []
      if (inode) inodes.add(inode)
    }
  } catch {
    // The process has ended, or closed a descriptor while we looked: the next look tells.
  }
  return inodes
}

/** The counters of the namespace that a process lives in. */
export const countersOf = (processId: number) => ({
  received: (name: string) => receivedOn(name, netFile(processId, 'dev')),
  listening: (port: number) => isListening(port, netFile(processId, 'tcp')),
  defaultRoute: () => hasDefaultRoute(netFile(processId, 'route')),
  defaultRouter: () => defaultRouter(netFile(processId, 'route')),
  hearsRtnetlink: () => hearsRtnetlink(socketsOf(processId), netFile(processId, 'netlink')),
})
