import test from 'ava'
import { checkIdentification, Nonces, newNonce, nonceOf } from './replay-protection.ts'

const identification = (nonce: number, low: number) => (BigInt(nonce) << 32n) | BigInt(low)

test('the nonce of the last reply is accepted once, and each accepting reply brings another', (t) => {
  const { fresh, reply } = checkIdentification(
    identification(0xfedc_ba98, 7),
    { method: 'nonces', expected: 0xfedc_ba98, next: 5 },
    0,
  )
  t.true(fresh)
  t.is(reply, identification(5, 7))
  t.false(
    checkIdentification(
      identification(0xfedc_ba98, 7),
      { method: 'nonces', expected: nonceOf(reply), next: 6 },
      0,
    ).fresh,
  )
})

test('a wrong nonce is told the right one, however often: a request that comes twice loses nothing', (t) => {
  for (const next of [8, 9])
    t.deepEqual(checkIdentification(identification(1, 77), { method: 'nonces', expected: 5, next }, 0), {
      fresh: false,
      reply: identification(5, 77),
    })
})

test('a node without a nonce is given one', (t) => {
  const protection = { method: 'nonces', expected: undefined, next: 8 } as const
  t.deepEqual(checkIdentification(identification(8, 1), protection, 0), {
    fresh: false,
    reply: identification(8, 1),
  })
})

test('the memory of nonces is bounded, the oldest are forgotten first', (t) => {
  const nonces = new Nonces()
  for (let node = 0; node <= 10_000; node++) nonces.set(`mn${node}`, node)
  nonces.set('mn1', 42)
  nonces.set('mn10001', 43)
  t.deepEqual(
    ['mn0', 'mn1', 'mn2', 'mn3', 'mn10001'].map((nai) => nonces.of(nai)),
    [undefined, 42, undefined, 3, 43],
  )
  t.not(newNonce(), newNonce())
})
