import test from 'ava'
import { SubscriberQueue } from './subscriber-queue.ts'

/** A task that ends when it is told to. */
function gatedTask(name: string, events: string[]) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const task = async (): Promise<string> => {
    events.push(`${name} begins`)
    await promise
    events.push(`${name} ends`)
    return name
  }
  return { task, finish: resolve }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('tasks of one subscriber run in order, also after one that fails; others do not wait', async (t) => {
  const queue = new SubscriberQueue<void>()
  const events: string[] = []
  const first = gatedTask('first', events)
  const failing = queue.run('a', async () => {
    await first.task()
    throw new Error('no')
  })
  const second = queue.run('a', async () => void events.push('second'))
  await queue.run('b', async () => void events.push('other'))
  t.deepEqual(events, ['first begins', 'other'])
  first.finish()
  await t.throwsAsync(failing, { message: 'no' })
  await second
  t.deepEqual(events, ['first begins', 'other', 'first ends', 'second'])
})

test('of the newest only one waits, and all who ask meanwhile share it', async (t) => {
  const queue = new SubscriberQueue<string>()
  const events: string[] = []
  const tasks = ['1', '2', '3', '4'].map((name) => gatedTask(name, events))
  const [one, two, three, four] = tasks
  if (!one || !two || !three || !four) return t.fail()
  const running = queue.runNewest('a', one.task)
  await turn()
  const waiting = [queue.runNewest('a', two.task), queue.runNewest('a', three.task)]
  one.finish()
  two.finish()
  t.deepEqual(await Promise.all([running, ...waiting]), ['1', '2', '2'])
  four.finish()
  t.is(await queue.runNewest('a', four.task), '4', 'once it has begun it is not shared any more')
  t.deepEqual(events, ['1 begins', '1 ends', '2 begins', '2 ends', '4 begins', '4 ends'])
})

test('idle waits for everything, also for what is asked meanwhile', async (t) => {
  const queue = new SubscriberQueue<void>()
  const events: string[] = []
  const first = gatedTask('first', events)
  const running = queue.run('a', async () => {
    await first.task()
    void queue.run('a', async () => void events.push('asked meanwhile'))
  })
  const idle = queue.idle().then(() => events.push('idle'))
  await turn()
  first.finish()
  await Promise.all([running, idle])
  t.deepEqual(events, ['first begins', 'first ends', 'asked meanwhile', 'idle'])
})
