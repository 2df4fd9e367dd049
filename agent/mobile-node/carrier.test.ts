import test from 'ava'
import { carrierChange } from './carrier.ts'

const rows: [
  name: string,
  before: [boolean, number],
  now: [boolean, number],
  change: 'found' | 'lost' | undefined,
][] = [
  ['nothing happened', [true, 2], [true, 2], undefined],
  ['the carrier went', [true, 2], [false, 3], 'lost'],
  ['it is still away', [false, 3], [false, 3], undefined],
  ['it came back', [false, 3], [true, 4], 'found'],
  ['it went and came between two notifications', [true, 2], [true, 4], 'found'],
  ['it came and went between two notifications', [false, 3], [false, 5], undefined],
]
for (const [name, before, now, change] of rows)
  test(name, (t) => {
    const state = ([carrier, changes]: [boolean, number]) => ({ carrier, changes })
    t.is(carrierChange(state(before), state(now)), change)
  })
