import { setImmediate } from 'node:timers/promises'
import test from 'ava'
import { DumpedObjects } from './dumped-objects.ts'
import { sliceMilliseconds } from './slice.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

test('the dump is read once, when the first object is asked for; who asks twice at once gets two', async (t) => {
  let reads = 0
  const objects = new DumpedObjects(async () => {
    reads++
    await setImmediate()
    return ['a', 'b', 'c']
  })
  t.is(reads, 0)
  const both = await Promise.all([objects.next(), objects.next()])
  t.deepEqual(
    both.map(({ value }) => value),
    ['a', 'b'],
  )
  t.deepEqual(await Array.fromAsync(objects), ['c'])
  t.deepEqual(await objects.next(), { done: true, value: undefined })
  t.is(reads, 1)
})

test('leaving the loop ends it; so does an error, after it was told', async (t) => {
  const objects = new DumpedObjects(async () => numbers(10))
  for await (const object of objects) if (object === 3) break
  t.deepEqual(await objects.next(), { done: true, value: undefined })

  const failing = new DumpedObjects(() => Promise.reject(new RangeError('no')))
  await t.throwsAsync(failing.next(), { instanceOf: RangeError })
  t.deepEqual(await failing.next(), { done: true, value: undefined })
})

test('others have their turn of the event loop while a slow reader goes through the objects', async (t) => {
  const pauses = 10
  let turns = 0
  let running = true
  const count = async () => {
    for (; running; turns++) await setImmediate()
  }
  const counting = count()
  for await (const object of new DumpedObjects(async () => numbers(pauses * 100))) {
    if (object % 100 !== 0) continue
    const until = performance.now() + sliceMilliseconds
    while (performance.now() < until);
  }
  running = false
  await counting
  t.true(turns >= pauses - 1, `${turns} turns`)
})
