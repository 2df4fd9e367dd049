import test from 'ava'
import fc from 'fast-check'
import { duration, formatDuration, formatRate, formatSize, fraction, rate, size } from './units.ts'

const amounts = [
  { what: 'rate', schema: rate, format: formatRate, written: '1.5mbit', value: 1.5e6 },
  { what: 'size', schema: size, format: formatSize, written: '2 GiB', value: 2 ** 31 },
  { what: 'duration', schema: duration, format: formatDuration, written: '90m', value: 90 * 60e3 },
]
for (const { what, schema, format, written, value } of amounts) {
  test(`a ${what} is read with its unit`, (t) => {
    t.is(schema.parse(written), value)
  })

  test(`a ${what} that is written is read as it was`, (t) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 45 }), (amount) => schema.parse(format(amount)) === amount),
    )
    t.pass()
  })

  for (const wrong of ['', '5', '0mbit', '-1s', '1e3kB', '5 constructor', '1.2.3s', `${'9'.repeat(30)}d`])
    test(`"${wrong}" is no ${what}, and the refusal shows it`, (t) => {
      t.regex(
        schema.safeParse(wrong).error?.issues[0]?.message ?? '',
        /^must be a positive amount in .* got "/,
      )
    })
}

test('amounts are written in the largest unit that says them exactly', (t) => {
  t.is(formatSize(2 ** 30), '1GiB')
  t.is(formatSize(12e6), '12MB')
  t.is(formatDuration(3600e3), '1h')
  t.is(formatDuration(90_500), '90500ms')
})

test('a part of the whole is a percentage or a number up to 1', (t) => {
  t.is(fraction.parse('80%'), 0.8)
  t.is(fraction.parse(0.8), 0.8)
  for (const wrong of [0, 1.1, '101%', '0%', '80', 'x%'])
    t.false(fraction.safeParse(wrong).success, String(wrong))
})
