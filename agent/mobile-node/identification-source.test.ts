import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { identificationSeconds, timestampIdentification } from '#wire/mobile-ip/identification.ts'
import { IdentificationSource } from './identification-source.ts'

test('identifications rise, also within a millisecond and whatever the random part', (t) => {
  const clock = new ManualClock()
  const randoms = [0xffff_ffff, 0, 5, 0, 0xffff_ffff]
  const source = new IdentificationSource(clock, () => randoms.shift() ?? 0)
  let last = 0n
  for (const wait of [0, 0, 1, 1, 400, 700, 2000]) {
    clock.advance(wait)
    const next = source.next()
    t.true(next > last)
    t.is(identificationSeconds(next), Math.floor(clock.now() / 1000))
    last = next
  }
})

test('after a mismatch the identifications follow the clock of the home agent, ahead or behind', (t) => {
  for (const ahead of [3600, -3600]) {
    const clock = new ManualClock()
    const source = new IdentificationSource(clock, () => 0)
    source.next()
    source.resynchronise(timestampIdentification(clock.now() + ahead * 1000, 1))
    clock.advance(5000)
    t.is(identificationSeconds(source.next()), Math.floor(clock.now() / 1000) + ahead)
  }
})

test('with nonces the home agent says the upper half, and a retransmission is identical', (t) => {
  const randoms = [1, 2, 3]
  const source = new IdentificationSource(new ManualClock(), () => randoms.shift() ?? 0)
  t.is(source.next('nonces'), 1n, 'no nonce is known: the home agent will say one by code 133')
  source.take(0xabcd_0000_0000_0001n)
  t.is(source.next('nonces'), 0xabcd_0000_0000_0002n)
  t.is(source.next('nonces'), 0xabcd_0000_0000_0002n)
  source.take(0x1234_5678_0000_0002n)
  t.is(source.next('nonces'), 0x1234_5678_0000_0003n)
})
