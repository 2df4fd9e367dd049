import test from 'ava'
import { timestampIdentification } from '#wire/mobile-ip/identification.ts'
import { FormerIdentifications } from './former-identifications.ts'

test('an identification is remembered for as long as its time alone would not refuse it', (t) => {
  const former = new FormerIdentifications()
  const start = Date.UTC(2026, 0, 1)
  const first = timestampIdentification(start, 1)
  former.remember('mn1@home.example', first, start)
  former.remember('mn2@home.example', timestampIdentification(start + 14_000, 1), start + 14_000)
  t.is(former.of('mn1@home.example'), first)
  former.remember('mn3@home.example', timestampIdentification(start + 15_000, 1), start + 15_000)
  t.is(former.of('mn1@home.example'), undefined)
  t.is(former.size, 2)
})

test('the last identification of a node counts', (t) => {
  const former = new FormerIdentifications()
  const now = Date.UTC(2026, 0, 1)
  former.remember('mn1@home.example', timestampIdentification(now, 1), now)
  former.remember('mn1@home.example', timestampIdentification(now, 2), now)
  t.is(former.of('mn1@home.example'), timestampIdentification(now, 2))
  t.is(former.size, 1)
})
