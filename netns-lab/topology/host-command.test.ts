import test from 'ava'
import { LabError } from '../lab-error.ts'
import { commandFailed, commandLine, inHost } from './host-command.ts'

test('ip and tc enter a namespace by themselves, all else through nsenter', (t) => {
  t.deepEqual(inHost('ha', ['ip', 'route']), ['ip', '-n', 'ha', 'route'])
  t.deepEqual(inHost('ha', ['ping', '-n']), ['nsenter', '--net=/run/netns/ha', 'ping', '-n'])
})

test('a command as a shell would take it', (t) => {
  t.is(commandLine(['tcpdump', '-r', 'a.pcap', 'src host 10.0.1.2']), "tcpdump -r a.pcap 'src host 10.0.1.2'")
  t.is(commandLine(['echo', "it's"]), "echo 'it'\\''s'")
})

test('a failure says where, what, and what was printed', (t) => {
  const error = commandFailed('a1', { command: 'tc class', output: 'one', complaint: 'two', exitCode: 2 })
  t.true(error instanceof LabError)
  t.is(error.message, 'a1: `tc class` ended with 2:\none\ntwo')
})
