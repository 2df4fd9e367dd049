import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import { mutations, readVectors } from '../golden/vectors.ts'
import { internetChecksum } from '../ip/checksum.ts'
import { WireError } from '../wire-error.ts'
import {
  type AgentAdvertisement,
  decodeAgentAdvertisement,
  encodeAgentAdvertisement,
  nextSequence,
  noMobilityAgentFlags,
} from './agent-advertisement.ts'
import { decodeAgentSolicitation, encodeAgentSolicitation } from './agent-solicitation.ts'

const vectors = readVectors('icmp-agent-advertisement')
const advertisements = vectors.filter(({ id, verdict }) => verdict === 'valid' && id !== 'icmp-solicitation')
const malformed = vectors.filter(({ verdict }) => verdict === 'discard')

/** The decoded advertisement in the words of the golden file, without the fields that are counted from others. */
function inGoldenWords({ code, lifetimeSeconds, routers, extensions }: AgentAdvertisement) {
  const fields: Record<string, unknown> = {
    type: 9,
    code,
    numAddrs: routers.length,
    addrEntrySize: 2,
    lifetime: lifetimeSeconds,
    routers: routers.map(({ address, preferenceLevel }) => ({ address, preference: preferenceLevel })),
  }
  for (const extension of extensions)
    switch (extension.kind) {
      case 'mobility-agent': {
        const { flags } = extension
        fields.mobilityAgent = {
          length: extension.end - extension.offset - 2,
          sequence: extension.sequence,
          registrationLifetime: extension.registrationLifetimeSeconds,
          careOf: extension.careOfAddresses,
          flags: {
            R: flags.registrationRequired,
            B: flags.busy,
            H: flags.homeAgent,
            F: flags.foreignAgent,
            M: flags.minimalEncapsulation,
            G: flags.gre,
            r: false,
            T: flags.reverseTunnelling,
            U: flags.udpTunnelling,
            X: flags.registrationRevocation,
            I: flags.regionalRegistration,
          },
        }
        break
      }
      case 'prefix-lengths':
        fields.prefixLengths = extension.prefixLengths
        break
      case 'challenge':
        fields.challengeHex = extension.challenge.toString('hex')
        break
      case 'padding':
        fields.padding = 1
        break
      case 'home-agent-identity':
      case 'aaah-identity':
      case 'unknown':
        break
    }
  return fields
}

for (const { id, title, bytes, fields } of advertisements)
  test(`${id}: ${title}`, (t) => {
    const advertisement = decodeAgentAdvertisement(bytes)
    t.truthy(fields)
    t.like(inGoldenWords(advertisement), fields ?? {})
    t.deepEqual(encodeAgentAdvertisement(advertisement), bytes)
  })

test('a plain router advertisement has no mobility agent extension', (t) => {
  const plain = vectors.find(({ id }) => id === 'icmp-adv-plain-router')
  t.deepEqual(decodeAgentAdvertisement(plain?.bytes ?? Buffer.alloc(0)).extensions, [])
})

for (const { id, title, bytes } of malformed)
  test(`${id}: ${title}`, (t) => {
    t.throws(() => decodeAgentAdvertisement(bytes), { instanceOf: WireError })
  })

test('the golden solicitation', (t) => {
  const golden = vectors.find(({ id }) => id === 'icmp-solicitation')?.bytes
  t.deepEqual(encodeAgentSolicitation(), golden)
  t.deepEqual(decodeAgentSolicitation(encodeAgentSolicitation()), { type: 'agent-solicitation' })
  t.throws(() => decodeAgentSolicitation(advertisements[0]?.bytes ?? Buffer.alloc(0)), {
    instanceOf: WireError,
  })
  for (const mutation of mutations(encodeAgentSolicitation()))
    t.throws(() => decodeAgentSolicitation(mutation), { instanceOf: WireError })
})

function content({ extensions, ...rest }: AgentAdvertisement) {
  return { ...rest, extensions: extensions.map(({ offset: _, end: __, ...value }) => value) }
}

function holdsOrRefuses(bytes: Buffer): boolean {
  let advertisement: AgentAdvertisement
  try {
    advertisement = decodeAgentAdvertisement(bytes)
  } catch (error) {
    return error instanceof WireError && error.code !== 'wire/unencodable'
  }
  const again = decodeAgentAdvertisement(encodeAgentAdvertisement(advertisement))
  return isDeepStrictEqual(content(again), content(advertisement))
}

/** A checksum refuses every flipped bit; made right again, the fault goes deeper. */
function withChecksum(bytes: Buffer): Buffer {
  if (bytes.length < 4) return bytes
  bytes.writeUInt16BE(0, 2)
  bytes.writeUInt16BE(internetChecksum(bytes), 2)
  return bytes
}

for (const { id, bytes } of vectors)
  test(`${id}: every truncation and every bit flip decodes or is refused`, (t) => {
    t.deepEqual(
      [...mutations(bytes)].filter((mutation) => !holdsOrRefuses(mutation)),
      [],
    )
    t.deepEqual(
      [...mutations(bytes)].filter((mutation) => !holdsOrRefuses(withChecksum(mutation))),
      [],
    )
  })

test('after 65535 the sequence goes on with 256: smaller numbers tell of a restart', (t) => {
  t.is(nextSequence(0), 1)
  t.is(nextSequence(0xfffe), 0xffff)
  t.is(nextSequence(0xffff), 256)
})

test('an advertisement of a foreign agent is written from its parts', (t) => {
  const bytes = encodeAgentAdvertisement({
    type: 'agent-advertisement',
    code: 0,
    lifetimeSeconds: 9,
    routers: [{ address: '198.51.100.1', preferenceLevel: 0 }],
    extensions: [
      {
        kind: 'mobility-agent',
        sequence: 0,
        registrationLifetimeSeconds: 1800,
        flags: {
          ...noMobilityAgentFlags,
          foreignAgent: true,
          minimalEncapsulation: true,
          gre: true,
          reverseTunnelling: true,
        },
        careOfAddresses: ['198.51.100.2'],
      },
    ],
  })
  t.deepEqual(bytes, vectors.find(({ id }) => id === 'icmp-adv-fa')?.bytes)
})

test('longer router entries are kept, shorter ones refused', (t) => {
  const router = Buffer.from('c633640100000005', 'hex')
  const message = (entryWords: number, entry: Buffer) =>
    withChecksum(Buffer.concat([Buffer.of(9, 0, 0, 0, 2, entryWords, 0, 9), entry, entry]))
  const routers = [
    { address: '198.51.100.1', preferenceLevel: 5 },
    { address: '198.51.100.1', preferenceLevel: 5 },
  ]
  const more = Buffer.from('ffffffff', 'hex')
  const long = message(3, Buffer.concat([router, more]))
  t.deepEqual(
    decodeAgentAdvertisement(long).routers,
    routers.map((entry) => ({ ...entry, more })),
  )
  t.deepEqual(encodeAgentAdvertisement(decodeAgentAdvertisement(long)), long)
  t.throws(() => decodeAgentAdvertisement(withChecksum(Buffer.from(long.subarray(0, -1)))), {
    code: 'wire/truncated',
  })
  const advertisement = decodeAgentAdvertisement(long)
  for (const wrong of [[{ more }, {}], [{ more: Buffer.of(1) }]])
    t.throws(
      () =>
        encodeAgentAdvertisement({
          ...advertisement,
          routers: wrong.map((entry) => ({ address: '198.51.100.1', preferenceLevel: 5, ...entry })),
        }),
      { code: 'wire/unencodable' },
    )
  t.deepEqual(decodeAgentAdvertisement(message(2, router)).routers, routers)
  t.throws(() => decodeAgentAdvertisement(message(1, router)), { code: 'wire/malformed' })
})
