/**
 * `node scripts/fuzz-wire.ts [--count 1000000] [--seed 1]`: random and mutated packets against every decoder of `wire/`. A finding is
 * an exception that is no WireError, a decoding that takes longer than 100 ms, or a value that is another one after it was encoded and
 * decoded again. Prints packets per second and each finding with its bytes; exit code 1 when there is one.
 */
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { describeError } from '#core/error.ts'
import { WireError } from '#wire/wire-error.ts'
import { type Target, targets } from './fuzz-targets.ts'

const slowestMilliseconds = 100
/** A busy machine may hold up one try, not each of these. */
const tries = 3
const shownFindings = 20

export interface Finding {
  target: string
  hex: string
  why: string
}

/** Numbers from 0 to `below` - 1, the same for the same seed (mulberry32, by Tommy Ettinger). */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Bytes that formats treat in a way of their own: zeros, ends of ranges, lengths that are a little off. */
const telling = [0x00, 0x01, 0x02, 0x03, 0x04, 0x07, 0x08, 0x0c, 0x14, 0x7f, 0x80, 0x81, 0xfe, 0xff] as const

type Mutation = (bytes: Buffer, random: (below: number) => number, other: Buffer) => Buffer

const mutations: readonly Mutation[] = [
  (bytes, random) => change(bytes, random, (byte) => byte ^ (1 << random(8))),
  (bytes, random) => change(bytes, random, () => random(256)),
  (bytes, random) => change(bytes, random, () => telling[random(telling.length)] ?? 0),
  (bytes, random) => change(bytes, random, (byte) => (byte + (random(2) === 0 ? 1 : 255)) & 0xff),
  (bytes, random) => bytes.subarray(0, random(bytes.length + 1)),
  (bytes, random) => Buffer.concat([bytes, randomBytes(random, random(40))]),
  // The end of another packet, a piece taken out, a piece twice.
  (bytes, random, other) =>
    Buffer.concat([bytes.subarray(0, random(bytes.length + 1)), other.subarray(random(other.length + 1))]),
  (bytes, random) => {
    const start = random(bytes.length + 1)
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + 4 * random(8))])
  },
  (bytes, random) => {
    const start = random(bytes.length + 1)
    const piece = bytes.subarray(start, start + 4 * random(16))
    return Buffer.concat([bytes.subarray(0, start), piece, bytes.subarray(start)])
  },
]

function change(bytes: Buffer, random: (below: number) => number, to: (byte: number) => number): Buffer {
  if (bytes.length === 0) return bytes
  const at = random(bytes.length)
  const changed = Buffer.from(bytes)
  changed.writeUInt8(to(changed.readUInt8(at)), at)
  return changed
}

function randomBytes(random: (below: number) => number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random(256)))
}

/** One in eight is all random behind its first byte; the others are golden packets with one to three mutations, half of them repaired. */
function nextPacket({ seeds, repair }: Target, random: (below: number) => number): Buffer {
  const seed = () => seeds[random(seeds.length)] ?? Buffer.alloc(0)
  let bytes = seed()
  if (random(8) === 0) bytes = Buffer.concat([bytes.subarray(0, 1), randomBytes(random, random(120))])
  else
    for (let left = 1 + random(3); left > 0; left--)
      bytes = mutations[random(mutations.length)]?.(bytes, random, seed()) ?? bytes
  const own = Buffer.from(bytes)
  if (random(2) === 0) repair?.(own)
  return own
}

/** Where each AVP or extension stood has no part in its value. */
function withoutPlaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlaces)
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value
  const entries = Object.entries(value).filter(([name]) => name !== 'offset' && name !== 'end')
  return Object.fromEntries(entries.map(([name, member]) => [name, withoutPlaces(member)]))
}

/** What is wrong with how a target takes a packet; `refused` for a WireError, `decoded` for a value that comes back. */
function outcomeOf(target: Target, bytes: Buffer): 'refused' | 'decoded' | { why: string } {
  const start = performance.now()
  try {
    const roundTrip = target.decode(bytes)
    if (isSlow(target, bytes, performance.now() - start)) return { why: 'decoding is slow' }
    return comesBack(roundTrip) ? 'decoded' : { why: 'another value comes back' }
  } catch (error) {
    if (!(error instanceof WireError) || error.code === 'wire/unencodable') return { why: thrown(error) }
    if (error.offset < 0 || error.offset > bytes.length) return { why: `offset ${error.offset} lies outside` }
    return isSlow(target, bytes, performance.now() - start) ? { why: 'refusing is slow' } : 'refused'
  }
}

function isSlow(target: Target, bytes: Buffer, milliseconds: number): boolean {
  if (milliseconds <= slowestMilliseconds) return false
  return Array.from({ length: tries }).every(() => {
    const start = performance.now()
    try {
      target.decode(bytes)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
    }
    return performance.now() - start > slowestMilliseconds
  })
}

/** An error of the encoder or of the second decoding is never one of the packet. */
function comesBack(roundTrip: () => [unknown, unknown]): boolean {
  try {
    const [value, again] = roundTrip()
    return isDeepStrictEqual(withoutPlaces(value), withoutPlaces(again))
  } catch (cause) {
    throw new Error('the value cannot be encoded and decoded', { cause })
  }
}

function thrown(error: unknown): string {
  return `${error instanceof Error ? error.name : 'threw'}: ${describeError(error)}`
}

/** Attacks the targets in turn with `count` packets. `decoded`: how many of them were no refusals, by target. */
export function fuzz(
  count: number,
  seed: number,
  attacked: readonly Target[] = targets,
): { findings: Finding[]; decoded: Map<string, number> } {
  const random = randomNumbers(seed)
  const findings: Finding[] = []
  const decoded = new Map(attacked.map(({ name }) => [name, 0]))
  for (let index = 0; index < count; index++) {
    const target = attacked[index % attacked.length]
    if (target === undefined) break
    const bytes = nextPacket(target, random)
    const outcome = outcomeOf(target, bytes)
    if (outcome === 'decoded') decoded.set(target.name, (decoded.get(target.name) ?? 0) + 1)
    else if (outcome !== 'refused')
      findings.push({ target: target.name, hex: bytes.toString('hex'), ...outcome })
  }
  return { findings, decoded }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { count: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
  })
  const [count, seed] = [Number(values.count), Number(values.seed)]
  if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) {
    console.error('usage: node scripts/fuzz-wire.ts [--count 1000000] [--seed 1]')
    process.exit(2)
  }
  const start = performance.now()
  const { findings, decoded } = fuzz(count, seed)
  const seconds = (performance.now() - start) / 1000
  for (const { target, why, hex } of findings.slice(0, shownFindings))
    console.log(`${target}: ${why}\n  ${hex}`)
  for (const [target, number] of decoded) console.log(`${target.padEnd(20)} ${number} packets decoded`)
  console.log(
    `${count} packets with seed ${seed} in ${seconds.toFixed(1)} s, ${Math.round(count / seconds)} per second: ${findings.length} findings`,
  )
  process.exitCode = findings.length > 0 ? 1 : 0
}
