/** What is measured, a row per message: its bytes, and how we decode and encode it. Every row is measured in both directions. */
import { decodeMessage, encodeMessage } from '#wire/diameter/message.ts'
import { decodeRawMessage, encodeRawMessage } from '#wire/diameter/raw-message.ts'
import { diameterMessages } from '#wire/golden/diameter-vectors.ts'
import { readVectors } from '#wire/golden/vectors.ts'
import { decodeAgentAdvertisement, encodeAgentAdvertisement } from '#wire/mobile-ip/agent-advertisement.ts'
import { decodeMobileIpMessage, encodeMobileIpMessage } from '#wire/mobile-ip/message.ts'

export type Direction = 'decode' | 'encode'

export interface Workload {
  title: string
  bytes: Buffer
  /** Does it once; there is nothing to prepare. */
  once: Record<Direction, () => unknown>
}

function workload<Value>(
  title: string,
  bytes: Buffer,
  decode: (bytes: Buffer) => Value,
  encode: (value: Value) => Buffer,
): Workload {
  const value = decode(bytes)
  if (!encode(value).equals(bytes)) throw new Error(`${title}: other bytes come back`)
  return { title, bytes, once: { decode: () => decode(bytes), encode: () => encode(value) } }
}

function golden(file: readonly { id: string; bytes: Buffer }[], id: string): Buffer {
  const bytes = file.find((vector) => vector.id === id)?.bytes
  if (bytes === undefined) throw new Error(`no golden vector ${id}`)
  return bytes
}

const mobileIp = readVectors('mip')
const icmp = readVectors('icmp-agent-advertisement')
const requestBytes = 24
const replyBytes = 20

const mip = (title: string, bytes: Buffer) =>
  workload(title, bytes, decodeMobileIpMessage, encodeMobileIpMessage)

export const workloads = {
  'registration-request': mip(
    'Registration Request, fixed part',
    golden(mobileIp, 'mip-rrq-fa-coa').subarray(0, requestBytes),
  ),
  'registration-reply': mip(
    'Registration Reply, fixed part',
    golden(mobileIp, 'mip-rrp-accepted').subarray(0, replyBytes),
  ),
  'request-with-extensions': mip(
    'Registration Request, five extensions',
    golden(mobileIp, 'mip-rrq-challenge-mnaaa-mnfa'),
  ),
  advertisement: workload(
    'Agent Advertisement, four extensions',
    golden(icmp, 'icmp-adv-full'),
    decodeAgentAdvertisement,
    encodeAgentAdvertisement,
  ),
  cer: workload(
    'Diameter CER, every AVP by name',
    golden(diameterMessages, 'dia-cer'),
    decodeMessage,
    encodeMessage,
  ),
  ama: workload(
    'Diameter AMA, every AVP by name',
    golden(diameterMessages, 'dia-ama'),
    decodeMessage,
    encodeMessage,
  ),
  'ama-raw': workload(
    'Diameter AMA, as a relay reads it',
    golden(diameterMessages, 'dia-ama'),
    decodeRawMessage,
    encodeRawMessage,
  ),
} as const satisfies Record<string, Workload>

export type WorkloadName = keyof typeof workloads
