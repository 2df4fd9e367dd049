import test from 'ava'
import { ChallengeWindow } from './challenge-window.ts'

function setUp() {
  let count = 0
  const challenges = new ChallengeWindow(() => Buffer.of(0, 0, 0, count++))
  return { challenges, value: (number: number) => Buffer.of(0, 0, 0, number) }
}

test('the last five that were advertised count', (t) => {
  const { challenges, value } = setUp()
  for (let count = 0; count < 6; count++) challenges.advertise()
  const verdicts = [0, 1, 5, 6].map((number) => challenges.check('mn1', value(number)))
  t.deepEqual(verdicts, ['unknown', 'valid', 'valid', 'unknown'])
  t.deepEqual(challenges.newest, value(5))
})

test('a node uses each of them once, others may still', (t) => {
  const { challenges, value } = setUp()
  challenges.advertise()
  challenges.use('mn1', value(0))
  t.is(challenges.check('mn1', value(0)), 'stale')
  t.is(challenges.check('mn2', value(0)), 'valid')
  t.is(challenges.unusedBy('mn1'), undefined)
  t.deepEqual(challenges.unusedBy('mn2'), value(0))
  for (let count = 0; count < 5; count++) challenges.advertise()
  t.is(challenges.check('mn1', value(0)), 'unknown')
})

test('one that a node got in its reply is its own, and counts until it is used', (t) => {
  const { challenges, value } = setUp()
  const offered = challenges.offer('mn1')
  for (let count = 0; count < 9; count++) challenges.advertise()
  t.is(challenges.check('mn1', offered), 'valid')
  t.is(challenges.check('mn2', offered), 'unknown')
  challenges.use('mn1', offered)
  t.is(challenges.check('mn1', value(0)), 'stale')
  for (let count = 0; count < 6; count++) challenges.advertise()
  t.is(challenges.check('mn1', offered), 'unknown')
})

test('a node that has left takes its own with it', (t) => {
  const { challenges } = setUp()
  const offered = challenges.offer('mn1')
  challenges.forget('mn1')
  t.is(challenges.check('mn1', offered), 'unknown')
})

test('challenges are random by themselves', (t) => {
  const challenges = new ChallengeWindow()
  t.notDeepEqual(challenges.advertise(), challenges.advertise())
  t.is(challenges.newest.length, 8)
})
