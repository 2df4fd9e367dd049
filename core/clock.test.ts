import test from 'ava'
import { ManualClock } from './clock.ts'

test('the manual clock fires due timers in their order, each at its own time', (t) => {
  const clock = new ManualClock(1000)
  const fired: [string, number][] = []
  const note = (name: string) => () => fired.push([name, clock.now()])
  clock.after(30, note('late'))
  clock.after(10, note('early'))
  clock.after(20, note('cancelled')).cancel()
  clock.after(10, () => clock.after(5, note('nested')))
  clock.advance(29)
  t.deepEqual(fired, [
    ['early', 1010],
    ['nested', 1015],
  ])
  clock.advance(1)
  t.deepEqual(fired.at(-1), ['late', 1030])
})
