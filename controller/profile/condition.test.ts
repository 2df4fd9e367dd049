import test from 'ava'
import { evaluate } from './condition.ts'
import type { ControlCondition } from './condition-schema.ts'

const beyond = (exceedsBytes: number, become: string): ControlCondition => ({
  when: { kind: 'volume', exceedsBytes, direction: 'downlink', per: 'session' },
  become,
})

test('a volume condition is met above its limit, not at it', (t) => {
  const conditions = [beyond(1000, 'bronze')]
  t.is(evaluate(conditions, { session: { downlinkBytes: 1000 } }), undefined)
  t.like(evaluate(conditions, { session: { downlinkBytes: 1001 } }), { become: 'bronze' })
})

test('without a session no volume is exceeded', (t) => {
  t.is(evaluate([beyond(1, 'bronze')], { session: undefined }), undefined)
})

test('the first condition that holds decides', (t) => {
  const conditions = [beyond(5000, 'stopped'), beyond(1000, 'bronze')]
  t.like(evaluate(conditions, { session: { downlinkBytes: 2000 } }), { become: 'bronze' })
  t.like(evaluate(conditions, { session: { downlinkBytes: 6000 } }), { become: 'stopped' })
})

test('the reason stays the same while the condition holds, so that it makes no new revision', (t) => {
  const conditions = [beyond(1000, 'bronze')]
  t.deepEqual(
    evaluate(conditions, { session: { downlinkBytes: 2000 } }),
    evaluate(conditions, { session: { downlinkBytes: 9000 } }),
  )
})
