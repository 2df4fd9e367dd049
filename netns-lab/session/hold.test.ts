import test from 'ava'
import { parseHoldCommand } from './hold.ts'

test('exec keeps the command as it was typed', (t) => {
  t.deepEqual(parseHoldCommand('exec cn ping -c 3  192.0.2.11 | tail -n 1'), {
    kind: 'exec',
    host: 'cn',
    command: 'ping -c 3  192.0.2.11 | tail -n 1',
  })
})

test('words of the prompt', (t) => {
  t.deepEqual(parseHoldCommand(' hosts '), { kind: 'hosts' })
  t.deepEqual(parseHoldCommand('exit'), { kind: 'exit' })
  t.deepEqual(parseHoldCommand(''), { kind: 'nothing' })
})

test('mistakes are named', (t) => {
  for (const line of ['exec', 'exec moon ls', 'exec cn', 'reboot'])
    t.is(parseHoldCommand(line).kind, 'wrong', line)
})
