import test from 'ava'
import { WireError } from '#wire/wire-error.ts'
import type { Target } from './fuzz-targets.ts'
import { fuzz, randomNumbers } from './fuzz-wire.ts'

test('20,000 random and mutated packets: each decodes to a value that comes back, or is refused', (t) => {
  const { findings, decoded } = fuzz(20_000, 7)
  t.deepEqual(findings, [])
  for (const [target, number] of decoded) t.true(number > 50, `${target}: ${number} packets decoded`)
})

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

const planted: [fault: string, decode: Target['decode'], why: RegExp][] = [
  ['another exception', (bytes) => bytes.readUInt8(bytes.length) as never, /^RangeError: /],
  ['another value', (bytes) => () => [bytes, Buffer.alloc(1000)], /^another value comes back$/],
  [
    'an encoder that fails',
    () => () => {
      throw new WireError('wire/unencodable', 'it does not fit', { offset: 0 })
    },
    /cannot be encoded and decoded: it does not fit/,
  ],
  [
    'an offset outside',
    (bytes) => {
      throw new WireError('wire/malformed', 'beyond', { offset: bytes.length + 1 })
    },
    /lies outside$/,
  ],
  [
    'a slow decoder',
    () => {
      sleep(101)
      return () => [1, 1]
    },
    /^decoding is slow$/,
  ],
]

for (const [fault, decode, why] of planted)
  test(`a planted fault is found: ${fault}`, (t) => {
    const [finding, ...more] = fuzz(1, 1, [{ name: 'planted', seeds: [Buffer.alloc(20)], decode }]).findings
    t.regex(finding?.why ?? '', why)
    t.is(more.length, 0)
  })

test('the same seed gives the same numbers, another one others', (t) => {
  const numbers = (seed: number) => Array.from({ length: 8 }, randomNumbers(seed).bind(undefined, 1000))
  t.deepEqual(numbers(1), numbers(1))
  t.notDeepEqual(numbers(1), numbers(2))
})
