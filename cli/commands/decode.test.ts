import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { parseHex } from '../wire-json/input.ts'

const program = fileURLToPath(new URL('../sojourn.ts', import.meta.url))

function sojourn(input: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    input,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

const revocation = '0700c000c000024dc0000201c6336402eb6d7540'

test('decode reads an argument or standard input, encode prints the bytes again', (t) => {
  const decoded = sojourn('', 'decode', 'mobile-ip', `0x${revocation}`)
  t.is(decoded.status, 0, decoded.stderr)
  t.like(JSON.parse(decoded.stdout), { type: 'registration-revocation', flags: { fromHomeAgent: true } })
  t.deepEqual(sojourn(`${revocation.replace(/../g, '0x$& ')}\n`, 'decode', 'mobile-ip'), decoded)
  t.deepEqual(sojourn(decoded.stdout, 'encode', 'mobile-ip'), {
    status: 0,
    stdout: `${revocation}\n`,
    stderr: '',
  })
})

test('words of digits alone stay hexadecimal', (t) => {
  const { stdout } = sojourn('', 'decode', 'mobile-ip', '04', '000000', '0010')
  t.like(JSON.parse(stdout), { type: 'tunnel-data', nextHeader: 0, packet: '0010' })
})

test('a malformed message: exit code 1, and a JSON error with code and offset', (t) => {
  const { status, stdout, stderr } = sojourn('', 'decode', 'mobile-ip', revocation.slice(0, -2))
  t.is(status, 1)
  t.is(stderr, '')
  t.deepEqual(JSON.parse(stdout), {
    code: 'wire/truncated',
    offset: 16,
    message: 'revocationIdentifier needs 4 bytes, 3 are left (at byte 16)',
  })
  const encoded = sojourn('{', 'encode', 'mobile-ip')
  t.is(encoded.status, 1)
  t.like(JSON.parse(encoded.stdout), { code: 'cli/input', offset: 1 })
})

test('keys are for Mobile IP', (t) => {
  const { status, stderr } = sojourn('', 'decode', 'diameter', '00', '--keys', 'keys.yaml')
  t.is(status, 2)
  t.regex(stderr, /--keys is for mobile-ip/)
})

test('hexadecimal text may hold white space and 0x; what else it holds is pointed at', (t) => {
  t.deepEqual(parseHex(' 0x0102 03\n0X0a '), Buffer.of(1, 2, 3, 10))
  t.deepEqual(parseHex(''), Buffer.alloc(0))
  t.throws(() => parseHex('01 0x2g'), { code: 'cli/input', message: /"g"/ })
  t.throws(() => parseHex('010'), { code: 'cli/input', message: /3 digits/ })
})
