import test from 'ava'
import { SubscriberTurns } from './subscriber-turns.ts'

test('one subscriber’s changes happen in the order in which they were handed in, others do not wait', async (t) => {
  const turns = new SubscriberTurns()
  const order: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = turns.take('mn1', async () => {
    await gate.promise
    order.push('first')
  })
  const second = turns.take('mn1', async () => {
    order.push('second')
  })
  await turns.take('mn2', async () => {
    order.push('other')
  })
  t.deepEqual(order, ['other'])
  gate.resolve()
  await Promise.all([first, second])
  t.deepEqual(order, ['other', 'first', 'second'])
})

test('a change that fails tells its caller and does not hold up the next', async (t) => {
  const turns = new SubscriberTurns()
  const failing = turns.take('mn1', () => Promise.reject(new Error('refused')))
  const next = turns.take('mn1', async () => 'done')
  await t.throwsAsync(failing, { message: 'refused' })
  t.is(await next, 'done')
})

test('idle waits for all that is under way, also for what was handed in meanwhile', async (t) => {
  const turns = new SubscriberTurns()
  const done: string[] = []
  void turns.take('mn1', async () => {
    await turns.take('mn2', async () => {
      await Promise.resolve()
      done.push('inner')
    })
    done.push('outer')
  })
  await turns.idle()
  t.deepEqual(done, ['inner', 'outer'])
})
