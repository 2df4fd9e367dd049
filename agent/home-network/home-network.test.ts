import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { replaceNeighbour } from '#netlink/neighbour.ts'
import { atRest } from '../authorized-session/fake-home-server.ts'
import { FakeKernel } from '../datapath/fake-kernel.ts'
import { gratuitousArp } from './gratuitous-arp.ts'
import { HomeNetwork } from './home-network.ts'

const agent = '02:00:00:00:00:01'
const node = '02:00:00:00:00:aa'

function setUp() {
  const kernel = new FakeKernel('home0')
  const clock = new ManualClock()
  const frames: string[] = []
  const packets = {
    linkAddress: agent,
    send: (frame: Buffer) => frames.push(frame.toString('hex')) > 0,
    close: () => {},
  }
  const network = new HomeNetwork({ interface: 'home0', kernel, packets, clock, log: silentLog })
  return { kernel, clock, frames, network }
}

test('a gratuitous ARP request has the address twice and goes to all', (t) => {
  t.is(
    gratuitousArp('192.0.2.11', node, agent).toString('hex'),
    [
      'ffffffffffff 020000000001 0806',
      '0001 0800 06 04 0001',
      '0200000000aa c000020b',
      '000000000000 c000020b',
    ]
      .join('')
      .replaceAll(' ', ''),
  )
})

test('a node that leaves is answered for, and the link is told three times', async (t) => {
  const { kernel, clock, frames, network } = setUp()
  await network.intercept('192.0.2.11')
  t.deepEqual(kernel.takeLog(), ['ip neighbour replace proxy 192.0.2.11 dev home0 protocol 143'])
  const told = gratuitousArp('192.0.2.11', agent).toString('hex')
  t.deepEqual(frames, [told])
  clock.advance(10_000)
  t.deepEqual(frames, [told, told, told])
})

test('a node that comes home takes its address back, and nothing says otherwise any more', async (t) => {
  const { kernel, clock, frames, network } = setUp()
  await network.intercept('192.0.2.11')
  kernel.takeLog()
  frames.length = 0
  await network.release('192.0.2.11', node)
  t.deepEqual(kernel.takeLog(), ['ip neighbour delete proxy 192.0.2.11 dev home0'])
  clock.advance(10_000)
  t.is(frames.length, 3)
  t.deepEqual(new Set(frames), new Set([gratuitousArp('192.0.2.11', node, agent).toString('hex')]))
  await network.release('192.0.2.11')
  clock.advance(10_000)
  t.is(frames.length, 3)
})

test('a node that deregisters at home is announced when the kernel has found it, unless it has left again', async (t) => {
  const { kernel, clock, frames, network } = setUp()
  const found = replaceNeighbour({ device: 'home0', address: '192.0.2.11', linkAddress: node })
  network.announceReturn('192.0.2.11')
  clock.advance(1000)
  await atRest()
  t.deepEqual(frames, [])
  await kernel.transaction([found])
  network.announceReturn('192.0.2.11')
  clock.advance(1000)
  await atRest()
  t.deepEqual(frames, [gratuitousArp('192.0.2.11', node, agent).toString('hex')])
  frames.length = 0
  network.announceReturn('192.0.2.11')
  await network.intercept('192.0.2.11')
  clock.advance(10_000)
  await atRest()
  t.deepEqual(new Set(frames), new Set([gratuitousArp('192.0.2.11', agent).toString('hex')]))
})

test('a kernel that refuses is told of, and the link is told nothing', async (t) => {
  const { kernel, frames, network } = setUp()
  kernel.refuse(() => true)
  await t.throwsAsync(network.intercept('192.0.2.11'), { code: 'datapath/rejected' })
  t.deepEqual(frames, [])
  kernel.refuse()
  await network.intercept('192.0.2.11')
  kernel.refuse(() => true)
  await t.throwsAsync(network.release('192.0.2.11', node), { code: 'datapath/rejected' })
  t.is(frames.length, 1)
})

test('what a former process answered for ends, unless it is live: that goes on untouched, or anew', async (t) => {
  const { kernel, frames, network } = setUp()
  await network.intercept('192.0.2.11')
  await network.intercept('192.0.2.12')
  kernel.takeLog()
  frames.length = 0
  await network.adopt(['192.0.2.12'])
  t.deepEqual(kernel.takeLog(), ['ip neighbour delete proxy 192.0.2.11 dev home0'])
  t.deepEqual(frames, [])
  await network.adopt(['192.0.2.12', '192.0.2.13'])
  t.deepEqual(kernel.takeLog(), ['ip neighbour replace proxy 192.0.2.13 dev home0 protocol 143'])
  t.deepEqual(frames, [gratuitousArp('192.0.2.13', agent).toString('hex')])
})
