import test from 'ava'
import { identificationLow, identificationSeconds, timestampIdentification } from './identification.ts'

test('the golden identification: 1 March 2025, 12:00', (t) => {
  const identification = timestampIdentification(1740830400_000, 0x9e3779b9)
  t.is(identification, 0xeb6d7540_9e3779b9n)
  t.is(identificationSeconds(identification), 1740830400)
  t.is(identificationLow(identification), 0x9e3779b9)
})

test('milliseconds do not count, low bits of a negative number are its 32 bits', (t) => {
  t.is(timestampIdentification(1740830400_999, -1), 0xeb6d7540_ffffffffn)
})

test('the clock goes on when the 32 bits overflow in 2036', (t) => {
  const overflow = Date.UTC(2036, 1, 7, 6, 28, 16)
  t.is(timestampIdentification(overflow, 5), 5n)
  for (const milliseconds of [overflow - 1000, overflow, overflow + 1000])
    t.is(identificationSeconds(timestampIdentification(milliseconds, 0)), milliseconds / 1000)
})
