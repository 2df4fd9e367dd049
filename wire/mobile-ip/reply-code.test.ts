import test from 'ava'
import { describeReplyCode, isAccepted, replyCodes } from './reply-code.ts'

test('codes lie in the range of the agent that sets them (RFC 5944, section 3.4)', (t) => {
  for (const [code, { setBy }] of Object.entries(replyCodes).map(
    ([code, row]) => [Number(code), row] as const,
  )) {
    const range = code <= 8 || (code >= 128 && code <= 192) ? 'home-agent' : 'foreign-agent'
    t.is(setBy, range, String(code))
  }
})

test('only 0 to 8 accept', (t) => {
  t.deepEqual(Object.keys(replyCodes).map(Number).filter(isAccepted), [0, 1])
})

test('a code is described by number and name', (t) => {
  t.is(describeReplyCode(131), '131 (mobile node failed authentication)')
  t.is(describeReplyCode(200), '200 (unassigned)')
})
