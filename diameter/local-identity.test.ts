import test from 'ava'
import { LocalIdentity } from './local-identity.ts'

const options = {
  identity: 'fa1.a.example',
  realm: 'a.example',
  productName: 'test',
  applications: { relay: true },
} as const

test('no Session-Id comes twice, not even over a restart within the same second', (t) => {
  const start = Date.UTC(2026, 0, 1)
  const ids = [start, start + 1, start + 2].flatMap((milliseconds) => {
    const local = new LocalIdentity(options, milliseconds)
    return Array.from({ length: 1000 }, () => local.nextSessionId())
  })
  t.is(new Set(ids).size, ids.length)
  for (const id of ids) {
    const [identity, high, low, ...more] = id.split(';')
    t.is(identity, 'fa1.a.example')
    t.true(Number(high) < 2 ** 32 && Number(low) < 2 ** 32)
    t.is(more.length, 0)
  }
  t.is(new LocalIdentity(options, start).nextSessionId('multi').split(';')[3], 'multi')
})
