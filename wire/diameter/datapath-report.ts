/**
 * Where in an agent's kernel a subscriber is, so that a person finds it with `ip` and `tc`: Datapath-Report in HAA, QIA and the
 * START_RECORD of a visit.
 */
import { WireError } from '../wire-error.ts'
import type { AvpValue } from './avps.ts'
import { dictionary } from './dictionary.ts'
import { resultCode } from './result-code.ts'

export interface DatapathReport {
  tunnels: TunnelReport[]
  classes: ClassReport[]
}

export interface TunnelReport {
  /** The tunnel's own interface. */
  interface: string
  encapsulation: 'ipip' | 'gre'
  remote: string
  /** Of gre. */
  key?: number
}

export interface ClassReport {
  /** `downlink`, `rest` (what of it belongs to no flow), `flow/NAME`, `uplink`, `copy/1` (to another care-of address). */
  name: string
  /** Which sends through the class. */
  interface: string
  /** Major number << 16 | minor number. */
  classId: number
  /** Of the packets that the class is for; absent: of those that are left over. */
  mark?: number
}

const encapsulations = {
  ipip: dictionary['Tunnel-Encapsulation'].values.IPIP,
  gre: dictionary['Tunnel-Encapsulation'].values.GRE,
} as const
/** People paste it into a shell: fewer characters than Linux allows. */
const interfaceName = /^\w[\w.:-]{0,14}$/
/** More than an agent makes for one subscriber. */
const most = 128

export function encodeDatapathReport({ tunnels, classes }: DatapathReport): AvpValue<'Datapath-Report'> {
  return {
    'Tunnel-Report': tunnels.map(({ interface: link, encapsulation, remote, key }) => ({
      'Link-Name': link,
      'Tunnel-Encapsulation': encapsulations[encapsulation],
      'Tunnel-Remote': remote,
      ...(key !== undefined && { 'Tunnel-Key': key }),
    })),
    'Class-Report': classes.map(({ name, interface: link, classId, mark }) => ({
      'Class-Name': name,
      'Link-Name': link,
      'Class-Id': classId,
      ...(mark !== undefined && { 'Packet-Mark': mark }),
    })),
  }
}

/** @throws wire/malformed with 5004 for what cannot be */
export function decodeDatapathReport(report: AvpValue<'Datapath-Report'>): DatapathReport {
  const { 'Tunnel-Report': tunnels = [], 'Class-Report': classes = [] } = report
  if (tunnels.length + classes.length > most) throw refused(`it has more than ${most} parts`)
  return { tunnels: tunnels.map(readTunnel), classes: classes.map(readClass) }
}

function readTunnel(tunnel: AvpValue<'Tunnel-Report'>): TunnelReport {
  const { 'Tunnel-Encapsulation': number, 'Tunnel-Remote': remote, 'Tunnel-Key': key } = tunnel
  const encapsulation = (['ipip', 'gre'] as const).find((name) => encapsulations[name] === number)
  if (encapsulation === undefined) throw refused(`its Tunnel-Encapsulation is ${number}`)
  return { interface: readInterface(tunnel), encapsulation, remote, ...(key !== undefined && { key }) }
}

function readClass(entry: AvpValue<'Class-Report'>): ClassReport {
  const { 'Class-Name': name, 'Class-Id': classId, 'Packet-Mark': mark } = entry
  if (!/^\P{Cc}{1,100}$/u.test(name)) throw refused(`its Class-Name is ${JSON.stringify(name)}`)
  return { name, interface: readInterface(entry), classId, ...(mark !== undefined && { mark }) }
}

function readInterface({ 'Link-Name': name }: { 'Link-Name': string }): string {
  if (interfaceName.test(name)) return name
  throw refused(`its Link-Name is ${JSON.stringify(name)}`)
}

function refused(why: string): WireError {
  return new WireError('wire/malformed', `the Datapath-Report cannot be used: ${why}`, {
    offset: 0,
    resultCode: resultCode.invalidAvpValue,
  })
}
