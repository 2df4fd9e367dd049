import test from 'ava'
import { until } from './condition.ts'

test('returns what was seen at last', async (t) => {
  let looks = 0
  const seen = await until('three looks', { timeoutSeconds: 5, intervalMilliseconds: 1 }, () => {
    looks += 1
    return looks === 3 ? 'yes' : undefined
  })
  t.is(seen, 'yes')
  t.is(looks, 3)
})

test('gives up with the condition and what was seen last', async (t) => {
  const error = await t.throwsAsync(
    until(
      'the impossible',
      { timeoutSeconds: 0.01, intervalMilliseconds: 1 },
      () => undefined,
      () => 'nothing yet',
    ),
    { code: 'lab/timeout' },
  )
  t.is(error?.message, 'waited 0.01 s in vain: the impossible\nlast seen: nothing yet')
})
