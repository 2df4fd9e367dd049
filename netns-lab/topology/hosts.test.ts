import test from 'ava'
import { extraHostNames, hostNames, hostOfAddress, hostsWith, isHostName, topologyOf } from './hosts.ts'

test('addresses lead to their hosts', (t) => {
  t.is(hostOfAddress('192.0.2.1'), 'ha')
  t.is(hostOfAddress('10.0.1.2'), 'ha')
  t.is(hostOfAddress('10.1.101.1'), 'a1')
  t.is(hostOfAddress('10.1.2.2'), 'a2')
  t.is(hostOfAddress('10.2.101.1'), 'b1')
  t.is(hostOfAddress('198.51.100.1'), 'haa')
  t.is(hostOfAddress('192.0.2.12'), 'mn2')
  t.is(hostOfAddress('224.0.0.1'), '224.0.0.1')
})

test('the picture shows every host that stands but the switch, and links between them only', (t) => {
  for (const hosts of [hostsWith(), hostsWith(['relay']), hostsWith(extraHostNames)]) {
    const topology = topologyOf(hosts)
    const shown = topology.hosts.map(({ name }) => name)
    t.deepEqual(shown.toSorted(), hosts.filter((name) => name !== 'air').toSorted())
    for (const { a, b } of topology.links) t.true(shown.includes(a) && shown.includes(b), `${a}–${b}`)
  }
})

test('further hosts stand only where they are asked for', (t) => {
  t.false(hostsWith().includes('relay'))
  t.true(hostsWith(['relay']).includes('relay'))
  t.deepEqual(hostsWith(extraHostNames), [...hostNames])
  const isDirect = ({ a, b }: { a: string; b: string }): boolean => a === 'hs' && b === 'fsa'
  t.true(topologyOf(hostsWith()).links.some(isDirect))
  t.false(topologyOf(hostsWith(['relay'])).links.some(isDirect))
})

test('names of hosts', (t) => {
  t.true(isHostName('air'))
  t.false(isHostName('moon'))
})
