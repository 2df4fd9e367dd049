/** What the home agent makes of registrations, in a kernel: packets take the ways that the nodes asked for. Runs as root. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import test from 'ava'
import { silentLog } from '#core/log.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import type { Extension } from '#wire/mobile-ip/extension.ts'
import { Datapath, type SubscriberFootprint, type Tunnel } from '../datapath/datapath.ts'
import {
  setUp as kernelSetUp,
  namespaces,
  nodeLinkAddress,
  ping,
  pingFromNode,
  shell,
} from '../datapath/witness.ts'
import { bronze, type Changes, read, setUp } from './fake-surroundings.ts'
import { RegistrationPort } from './registration-port.ts'

const homeAgent = '10.1.1.1'

async function openAgents() {
  const home = await Datapath.open(
    { shapedInterface: 'core0', shapedRateBitsPerSecond: 1e9, log: silentLog },
    NetlinkSocket.open({ namespace: '/run/netns/sj-dp-ha' }),
  )
  const foreign = await Datapath.open(
    {
      shapedInterface: 'access',
      shapedRateBitsPerSecond: 1e9,
      access: { interface: 'access', addresses: ['10.1.101.1', '10.1.1.2'] },
      log: silentLog,
    },
    NetlinkSocket.open({ namespace: '/run/netns/sj-dp-fa' }),
  )
  return { home, foreign }
}

test.before(() => {
  shell(kernelSetUp)
})
test.after.always(() => {
  for (const name of namespaces) shell(`ip netns delete ${name}`)
})

function visiting(tunnel: Partial<Tunnel>, changes: Partial<SubscriberFootprint> = {}): SubscriberFootprint {
  return {
    homeAddress: '192.0.2.11',
    tunnel: { encapsulation: 'ipip', local: '10.1.1.2', remote: homeAgent, ...tunnel },
    downlink: bronze.downlink,
    delivery: { via: 'access', interface: 'access', linkAddress: nodeLinkAddress },
    ...changes,
  }
}

test.serial('GRE with a key, and a reverse tunnel: as asked for, and no longer than that', async (t) => {
  const { home, foreign } = await openAgents()
  const { fromServer, proven } = setUp({ address: homeAgent, datapath: home })
  const register = async (changes: Changes, ...behind: Extension[]) =>
    read((await fromServer(proven({ homeAgent, ...changes }, { behind })))['MIP-Reg-Reply']).code
  const gre = { gre: true, reverseTunnelling: true }
  t.is(await register({ flags: gre }, { kind: 'gre-key', key: 7 }), 0)
  const back = { reverseTunnel: { style: 'direct' } } as const
  await foreign.set('mn1', visiting({ encapsulation: 'gre', key: 7 }, back))
  t.true(ping(3))
  t.is(pingFromNode(3), 3)
  t.regex(
    shell('ip -n sj-dp-ha -d link show type gre'),
    /remote 10.1.1.2 local 10.1.1.1 .* ikey 0.0.0.7 okey 0.0.0.7/,
  )

  t.is(await register({ flags: { gre: true } }, { kind: 'gre-key', key: 7 }), 0)
  t.is(pingFromNode(2), 0)
  t.is(await register({ flags: { reverseTunnelling: true } }), 0)
  await foreign.set('mn1', visiting({}, back))
  t.true(ping(3))
  t.is(pingFromNode(3), 3)
  await home.close()
  await foreign.close()
})

test.serial('simultaneous bindings: a copy for each care-of address, until it is taken back', async (t) => {
  const { home, foreign } = await openAgents()
  const { bind, sealed, toAgent } = setUp({ address: homeAgent, datapath: home })
  shell(`
    ip -n sj-dp-fa address add 10.1.2.2/32 dev lo
    ip -n sj-dp-fa link add other type ipip local 10.1.2.2 remote ${homeAgent}
    ip -n sj-dp-fa link set other up`)
  await foreign.set('mn1', visiting({}))
  await bind({ homeAgent })
  const received = () =>
    /(\d+ received(, \+\d+ duplicates)?)/.exec(
      shell('ip netns exec sj-dp-cn ping -q -c 5 -i 0.01 -W 1 192.0.2.11 || true'),
    )?.[1]
  t.is(received(), '5 received')
  const elsewhere = { homeAgent, careOfAddress: '10.1.2.2' }
  const toHomeAgent = await bind({ ...elsewhere, flags: { simultaneousBindings: true } })
  // It ends with the last reply, before its duplicate.
  t.is(received(), '5 received, +4 duplicates')
  t.is(read(await toAgent(sealed({ ...elsewhere, lifetimeSeconds: 0 }, toHomeAgent))).code, 0)
  t.is(received(), '5 received')
  const all = { homeAgent, lifetimeSeconds: 0, careOfAddress: '192.0.2.11' }
  t.is(read(await toAgent(sealed(all, toHomeAgent))).code, 0)
  t.is(received(), '0 received')
  await home.close()
  await foreign.close()
})

test.serial('port 434 hears the broadcasts of its network, and answers by its own address', async (t) => {
  const port = await RegistrationPort.open('127.0.0.1', '127.255.255.255', silentLog)
  const heard: boolean[] = []
  port.listen(async ({ bytes, isBroadcast }) => {
    heard.push(isBroadcast)
    return bytes
  })
  const node = createSocket('udp4')
  node.bind(0, '127.0.0.1')
  await once(node, 'listening')
  node.setBroadcast(true)
  for (const to of ['127.255.255.255', '127.0.0.1']) {
    node.send('which?', 434, to)
    const [answer, from] = await once(node, 'message')
    t.is(String(answer), 'which?')
    t.like(from, { address: '127.0.0.1', port: 434 })
  }
  t.deepEqual(heard, [true, false])
  node.close()
  port.close()
})
