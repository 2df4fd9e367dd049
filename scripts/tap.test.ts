import test from 'ava'
import { countTap } from './tap.ts'

const stream = `TAP version 13
ok 1 - one
not ok 2 - two
  ---
    message: it broke
  ...
ok 3 - later # SKIP
not ok 4 - known # TODO
ok 5 - five
1..5
# tests 5
# pass 2
`

test('passed and failed tests are counted; skipped and planned ones are neither', (t) => {
  const { passed, failed } = countTap(stream)
  t.deepEqual({ passed, failed }, { passed: 2, failed: 1 })
})

test('a failed test is reported with its diagnostics and nothing else', (t) => {
  t.is(countTap(stream).failures, 'not ok 2 - two\n  ---\n    message: it broke\n  ...')
})

test('a runner that printed nothing counts nothing', (t) => {
  t.deepEqual(countTap('Killed\n'), { passed: 0, failed: 0, failures: '' })
})
