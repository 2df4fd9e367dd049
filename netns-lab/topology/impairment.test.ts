import test from 'ava'
import { netemOptions } from './impairment.ts'

test('an impairment in the words of tc', (t) => {
  t.is(netemOptions({}), 'delay 0ms')
  t.is(
    netemOptions({
      delayMilliseconds: 50,
      jitterMilliseconds: 5,
      lossPercent: 5,
      duplicatePercent: 1,
      reorderPercent: 10,
    }),
    'delay 50ms 5ms loss 5% duplicate 1% reorder 10%',
  )
})
