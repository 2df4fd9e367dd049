/** Reads what `ip` and `tc` print: as text, since `tc -j` prints classes and fw filters as text or as broken JSON (iproute2 6.1). */
import type { Ipv4Address } from '#core/ipv4.ts'

/** Every interface of ours has this prefix. */
export const tunnelPrefix = 'sj-'
/** `ip route` protocol of our routes, and the table that leads into tunnels. */
export const routeProtocol = '143'
export const tunnelTable = '434'

export interface Tunnel {
  interface: string
  remote: Ipv4Address
  local: Ipv4Address
}

/** Our tunnels in the output of `ip -d link show type ipip`. */
export function tunnels(text: string): Tunnel[] {
  return text.split(/^(?=\d+: )/m).flatMap((entry) => {
    const [, name] = /^\d+: ([^@:\s]+)/.exec(entry) ?? []
    const [, remote] = / remote ([\d.]+)/.exec(entry) ?? []
    const [, local] = / local ([\d.]+)/.exec(entry) ?? []
    return name?.startsWith(tunnelPrefix) && remote && local ? [{ interface: name, remote, local }] : []
  })
}

export interface HtbClass {
  classId: string
  rateBitsPerSecond: number
  ceilBitsPerSecond: number
  priority: number
  bytes: number
  packets: number
  drops: number
}

/** The classes in the output of `tc -s class show dev DEVICE`; those of child qdiscs are among them. */
export function htbClasses(text: string): HtbClass[] {
  return text.split(/^(?=class )/m).flatMap((entry) => {
    const [, classId] = /^class htb (\S+)/.exec(entry) ?? []
    const [, rate] = / rate (\S+)/.exec(entry) ?? []
    const [, ceil] = / ceil (\S+)/.exec(entry) ?? []
    const [, bytes, packets, drops] = /Sent (\d+) bytes (\d+) pkt \(dropped (\d+)/.exec(entry) ?? []
    if (!classId || !rate || !ceil) return []
    return {
      classId,
      rateBitsPerSecond: bitsPerSecond(rate),
      ceilBitsPerSecond: bitsPerSecond(ceil),
      priority: Number(/ prio (\d+)/.exec(entry)?.[1] ?? 0),
      bytes: Number(bytes ?? 0),
      packets: Number(packets ?? 0),
      drops: Number(drops ?? 0),
    }
  })
}

const rateUnits: Record<string, number> = { bit: 1, Kbit: 1e3, Mbit: 1e6, Gbit: 1e9, Tbit: 1e12 }

/** Rates as tc prints them: `4Mbit`, `1500Kbit`, `800bit`; NaN when it is none. */
export function bitsPerSecond(text: string): number {
  const [, number, unit = ''] = /^([\d.]+)([KMGT]?bit)$/.exec(text) ?? []
  return Number(number) * (rateUnits[unit] ?? Number.NaN)
}

export interface FwFilter {
  handle: number
  mask: number
  classId: string
}

/** The filters in the output of `tc filter show dev DEVICE [parent PARENT]`. */
export function fwFilters(text: string): FwFilter[] {
  return [...text.matchAll(/ fw .*handle (0x[\da-f]+)(?:\/(0x[\da-f]+))? classid (\S+)/g)].map(
    ([, handle = '', mask = '0xffffffff', classId = '']) => ({
      handle: Number(handle),
      mask: Number(mask),
      classId,
    }),
  )
}

/** The mark that flower gives to packets for an address, in the output of `tc filter show dev DEVICE ingress`. */
export function markOf(destination: Ipv4Address, text: string): number | undefined {
  const entry = text
    .split(/^(?=filter )/m)
    .find((filter) => filter.split('\n').some((line) => line.trim() === `dst_ip ${destination}`))
  const [, mark] = /skbedit\s+mark (\w+)/.exec(entry ?? '') ?? []
  return mark === undefined ? undefined : Number(mark)
}

/**
 * The class that a marked packet ends in: HTB asks the root's filters, which come first here, then those of the child qdisc below that
 * class.
 */
export function classOfMark(
  mark: number,
  filters: readonly FwFilter[],
  classes: readonly HtbClass[],
): HtbClass | undefined {
  // Unsigned: a mark may use the highest bit.
  const matching = filters.filter((filter) => (mark & filter.mask) >>> 0 === filter.handle)
  const [top, ...below] = matching
  const [, child] = top?.classId.split(':') ?? []
  const leaf = below.findLast(({ classId }) => classId.split(':')[0] === child) ?? top
  return classes.find(({ classId }) => classId === leaf?.classId)
}

/** The majors of the qdiscs that hold classes, the root's first. */
export function majors(classes: readonly HtbClass[], rootMajor: string): string[] {
  return [...new Set([rootMajor, ...classes.map(({ classId }) => classId.split(':')[0] ?? '')])]
}

/** The root HTB qdisc in the output of `tc -s qdisc show dev DEVICE`: packets that no class shaped are its direct packets. */
export function rootHtb(text: string): { major: string; directPackets: number } | undefined {
  const [, major, direct] =
    /^qdisc htb (\w+): (?:dev \S+ )?root .*direct_packets_stat (\d+)/m.exec(text) ?? []
  return major && direct ? { major, directPackets: Number(direct) } : undefined
}
