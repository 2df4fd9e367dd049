import test from 'ava'
import { printable } from './operator-options.ts'

test('what would steer the terminal is shown as what it is', (t) => {
  t.is(printable('a\tb\nc'), 'a\tb\nc')
  t.is(printable('\u001b[2Jx\u0007\u007f\u009b'), '\\u001b[2Jx\\u0007\\u007f\\u009b')
})
