import test from 'ava'
import { diameterMessages, type GoldenAvp, malformedDiameterMessages } from '../golden/diameter-vectors.ts'
import { mutations } from '../golden/vectors.ts'
import { WireError } from '../wire-error.ts'
import { dictionary } from './dictionary.ts'
import { decodeMessage, encodeMessage, type Message } from './message.ts'
import { decodeRawMessage, encodeRawMessage } from './raw-message.ts'

/** Decoded, but encoded with other bytes, and why. */
const otherBytes: Record<string, string> = {
  'dia-ama-qos': 'it sets the M flag of the QoS AVPs, which we clear',
}

for (const { id, title, bytes, fields } of diameterMessages) {
  test(`${id} passes an agent unchanged: ${title}`, (t) => {
    t.deepEqual(encodeRawMessage(decodeRawMessage(bytes)), bytes)
  })

  test(`${id} is decoded to the golden values`, (t) => {
    t.deepEqual(comparable(decodeMessage(bytes).avps), expected(fields.avps))
  })

  test(`${id} is encoded ${id in otherBytes ? `to the same values: ${otherBytes[id]}` : 'to the golden bytes'}`, (t) => {
    const message = decodeMessage(bytes)
    const encoded = encodeMessage(message)
    if (id in otherBytes) t.deepEqual(withoutOffsets(decodeMessage(encoded)), withoutOffsets(message))
    else t.deepEqual(encoded, bytes)
  })
}

/** Refused by the node and not by the codec, and where that is tested. */
const refusedByNode: Record<string, string> = {
  'dia-bad-loop': 'routing.test.ts',
  'dia-bad-cer-no-application': 'node.test.ts',
}

for (const { id, title, verdict, bytes, expected: wanted } of malformedDiameterMessages) {
  if (id in refusedByNode || verdict === 'valid' || verdict === 'ambiguous') {
    test(`${id} is decoded: ${title}`, (t) => {
      t.notThrows(() => decodeMessage(bytes))
    })
    continue
  }
  if (verdict === 'incomplete') {
    test(`${id} is incomplete`, (t) => {
      t.throws(() => decodeMessage(bytes), { instanceOf: WireError, code: 'wire/truncated' })
    })
    continue
  }
  test(`${id} is refused with ${wanted.resultCode}: ${title}`, (t) => {
    const error = t.throws(() => decodeMessage(bytes), { instanceOf: WireError })
    t.is(error.resultCode, wanted.resultCode)
    if (wanted.failedAvp !== undefined) t.is(error.failedAvp?.readUInt32BE(0), wanted.failedAvp)
  })
}

test('a truncated message, or one with any bit turned, gives a value or a WireError', (t) => {
  let values = 0
  let refused = 0
  for (const { bytes } of diameterMessages)
    for (const mutated of mutations(bytes)) {
      try {
        encodeMessage(decodeMessage(mutated))
        values += 1
      } catch (error) {
        if (!(error instanceof WireError)) throw error
        refused += 1
      }
    }
  t.true(values > 1000 && refused > 1000, `${values} values, ${refused} refused`)
})

test('a failed answer may leave out what the grammar of success requires', (t) => {
  const header = {
    request: false as const,
    proxiable: true,
    error: true,
    retransmitted: false,
    applicationId: 2,
    hopByHop: 7,
    endToEnd: 8,
  }
  const avps = { 'Origin-Host': 'aaaf.a.example', 'Origin-Realm': 'a.example' }
  const failed: Message = { ...header, command: 'AA-Mobile-Node', avps: { ...avps, 'Result-Code': 3002 } }
  t.deepEqual(decodeMessage(encodeMessage(failed)), failed)
  t.throws(
    () => encodeMessage({ ...header, command: 'AA-Mobile-Node', avps: { ...avps, 'Result-Code': 2001 } }),
    { instanceOf: WireError, code: 'wire/unencodable', message: /Session-Id is missing/ },
  )
})

test('a value that does not fit its AVP is refused', (t) => {
  const [first] = diameterMessages
  const message = decodeMessage(first?.bytes ?? Buffer.alloc(0))
  for (const wrong of [
    { 'Vendor-Id': -1 },
    { 'Vendor-Id': 2 ** 32 },
    { 'Host-IP-Address': ['192.0.2'] },
    { Nonsense: 1 },
  ])
    t.throws(() => encodeMessage({ ...message, avps: { ...message.avps, ...wrong } }), {
      instanceOf: WireError,
      code: 'wire/unencodable',
    })
})

type Comparable = { [name: string]: Comparable[] } | string | number

/** Our value in the form of the golden fields: every AVP repeated, octets as hexadecimal text, times from 1900. */
function comparable(value: unknown, name = ''): Comparable {
  if (Buffer.isBuffer(value)) return value.toString('hex')
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'string') return value
  if (typeof value === 'number') return isTime(name) ? value + 2208988800 : value
  const entries = Object.entries(value ?? {}).map(([member, content]): [string, Comparable[]] => {
    if (member === 'unknown')
      return ['null', content.map(({ data }: { data: Buffer }) => data.toString('hex'))]
    return [member, (Array.isArray(content) ? content : [content]).map((each) => comparable(each, member))]
  })
  return Object.fromEntries(entries)
}

function expected(avps: readonly GoldenAvp[]): Comparable {
  const values: Record<string, Comparable[]> = {}
  for (const { name, value, valueHex, avps: members } of avps) {
    const content = members === undefined ? (value ?? valueHex ?? '') : expected(members)
    values[String(name)] = [...(values[String(name)] ?? []), content]
  }
  return values
}

function isTime(name: string): boolean {
  const row = Object.entries(dictionary).find(([each]) => each === name)?.[1]
  return row?.type === 'Time'
}

function withoutOffsets(message: Message): unknown {
  return JSON.parse(
    JSON.stringify(message, (key, value) =>
      key === 'offset' ? undefined : typeof value === 'bigint' ? String(value) : value,
    ),
  )
}
