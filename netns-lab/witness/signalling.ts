import { hostOfAddress } from '../topology/hosts.ts'
import { type DecodedPackets, decodeCaptures } from './capture.ts'

/** Names of the commands in the language of the RFCs: 260 is AA-Mobile-Node, its request AMR and its answer AMA. */
const commandInitials: Record<string, string> = {
  257: 'CE',
  280: 'DW',
  282: 'DP',
  271: 'AC',
  274: 'AS',
  275: 'ST',
  260: 'AM',
  262: 'HA',
  326: 'QA',
  327: 'QI',
}

/** A message of Diameter or Mobile IP between two hosts, as tshark decoded it. */
export interface SignallingMessage {
  /** Milliseconds since 1970. */
  atMilliseconds: number
  from: string
  to: string
  /** `AMR`, `QIA`, `RRQ`, `RRP`, `advertisement`; `IPIP` for a tunnelled packet; a command's number where it has no name here. */
  name: string
  /** Result-Code of a Diameter answer. */
  resultCode?: number
  /** Reply code of an RRP. */
  replyCode?: number
  /** Lifetime in seconds of an RRQ or RRP. */
  lifetimeSeconds?: number
  nai?: string
  /** Care-of address that an advertisement offers. */
  careOfAddress?: string
  /** Of an RRQ or RRP. */
  homeAgent?: string
  homeAddress?: string
}

const fields = [
  'frame.time_epoch',
  'ip.src',
  'ip.dst',
  'ip.proto',
  'diameter.cmd.code',
  'diameter.flags.request',
  'mip.type',
  'mip.code',
  'mip.life',
  'mip.nai',
  'icmp.mip.coa',
  'diameter.Result-Code',
  'mip.haaddr',
  'mip.homeaddr',
  // The decoded line, for the reader.
  '_ws.col.Info',
] as const

const displayFilter = 'diameter or mip.type == 1 or mip.type == 3 or icmp.mip.type == 16 or ip.proto == 4'

/** Reads the signalling out of captures, in the order of time. */
export async function readSignalling(
  reportFolder: string,
  files: readonly string[],
): Promise<{ decoded: DecodedPackets; messages: SignallingMessage[] }> {
  const decoded = await decodeCaptures(reportFolder, files, displayFilter, fields)
  return {
    decoded,
    messages: decoded.rows.flatMap(messagesOfPacket).toSorted((a, b) => a.atMilliseconds - b.atMilliseconds),
  }
}

/** One TCP segment can carry several Diameter messages. */
export function messagesOfPacket(row: readonly string[][]): SignallingMessage[] {
  const [time, source, destination, protocol, codes = [], requests = [], ...ofRegistration] = row
  const [type, replyCode, life, nai, careOf, results = [], homeAgent, homeAddress] = ofRegistration
  const common = {
    atMilliseconds: Number(time?.[0]) * 1000,
    // The outermost header comes first.
    from: hostOfAddress(source?.[0] ?? '?'),
    to: hostOfAddress(destination?.[0] ?? '?'),
  }
  if (protocol?.[0] === '4') return [{ ...common, name: 'IPIP' }]
  if (codes.length > 0) {
    // Later tsharks print True and False. Only answers have a Result-Code, each its own.
    const isRequest = codes.map((_, index) => requests[index] === '1' || requests[index] === 'True')
    const answers = isRequest.filter((request) => !request).length
    return codes.map((code, index) => {
      const initials = commandInitials[code]
      const request = isRequest[index] === true
      const result = results[isRequest.slice(0, index).filter((before) => !before).length]
      return {
        ...common,
        name: initials === undefined ? code : `${initials}${request ? 'R' : 'A'}`,
        ...(request || results.length !== answers ? {} : { resultCode: Number(result) }),
      }
    })
  }
  if (type?.[0] !== undefined)
    return [
      {
        ...common,
        name: type[0] === '1' ? 'RRQ' : 'RRP',
        ...(replyCode?.[0] === undefined ? {} : { replyCode: Number(replyCode[0]) }),
        ...(life?.[0] === undefined ? {} : { lifetimeSeconds: Number(life[0]) }),
        ...(nai?.[0] === undefined ? {} : { nai: nai[0] }),
        ...(homeAgent?.[0] === undefined ? {} : { homeAgent: homeAgent[0] }),
        ...(homeAddress?.[0] === undefined ? {} : { homeAddress: homeAddress[0] }),
      },
    ]
  return [
    { ...common, name: 'advertisement', ...(careOf?.[0] === undefined ? {} : { careOfAddress: careOf[0] }) },
  ]
}

/** `AMR a1→fsa`. */
export function describeMessage({ name, from, to }: SignallingMessage): string {
  return `${name} ${from}→${to}`
}

/** The first of the hops (each `AMR a1→fsa`) that does not come after the one before it; undefined when all stand in this order. */
export function firstHopOutOfOrder(
  messages: readonly SignallingMessage[],
  hops: readonly string[],
): string | undefined {
  let position = 0
  for (const hop of hops) {
    const found = messages.findIndex(
      (message, index) => index >= position && describeMessage(message) === hop,
    )
    if (found < 0) return hop
    position = found + 1
  }
  return undefined
}
