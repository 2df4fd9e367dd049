import test from 'ava'
import { chooseHomeAgent } from './home-agent-choice.ts'

const [first, second] = [
  { identity: 'ha1.home.example', address: '192.0.2.1' },
  { identity: 'ha2.home.example', address: '192.0.2.2' },
]
const homeAgents = [first, second]
const atSecond = { node: second.identity }

test('without a session: the one asked for, else the first', (t) => {
  t.is(chooseHomeAgent('192.0.2.2', homeAgents, undefined), second)
  t.is(chooseHomeAgent('0.0.0.0', homeAgents, undefined), first)
  t.is(chooseHomeAgent('255.255.255.255', homeAgents, undefined), first)
  t.is(chooseHomeAgent('192.0.2.3', homeAgents, undefined), undefined)
})

test('a session stays with its home agent', (t) => {
  t.is(chooseHomeAgent('0.0.0.0', homeAgents, atSecond), second)
  t.is(chooseHomeAgent('192.0.2.2', homeAgents, atSecond), second)
  t.is(chooseHomeAgent('192.0.2.1', homeAgents, atSecond), undefined)
})
