/** From a registration to packets of the visitor: what it asks for is what the kernel does, and only for it. Runs as root. */
import test from 'ava'
import { silentLog } from '#core/log.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import { Datapath } from '../datapath/datapath.ts'
import { bronze } from '../datapath/sample.ts'
import {
  foreignSide,
  lines,
  namespaces,
  nodeLinkAddress,
  observe,
  ping,
  pingFromNode,
  setUp,
  shell,
} from '../datapath/witness.ts'
import { aaa, asked, home, nai, stageAgent } from './staged-agent.ts'

const homeAgent = '10.1.1.1'

test.before(() => {
  shell(setUp)
})
test.after.always(() => {
  for (const name of namespaces) shell(`ip netns delete ${name}`)
})

async function openDatapaths() {
  const atHome = await Datapath.open(
    { shapedInterface: 'core0', shapedRateBitsPerSecond: 1e9, log: silentLog },
    NetlinkSocket.open({ namespace: '/run/netns/sj-dp-ha' }),
  )
  const kernel = await Datapath.open(
    {
      shapedInterface: 'access',
      shapedRateBitsPerSecond: 1e9,
      access: { interface: 'access', addresses: ['10.1.101.1', '10.1.1.2'] },
      log: silentLog,
    },
    NetlinkSocket.open({ namespace: '/run/netns/sj-dp-fa' }),
  )
  return { atHome, kernel }
}

/** Packets that came to the home agent in the tunnel. */
const tunnelledBack = (): number =>
  Number(shell('ip netns exec sj-dp-ha cat /sys/class/net/sj-iCgEBAgoBAQE/statistics/rx_packets'))

test.serial('a visitor with an encapsulating reverse tunnel: its packets, and nobody else’s', async (t) => {
  const { atHome, kernel } = await openDatapaths()
  await atHome.set(nai, {
    homeAddress: '192.0.2.11',
    tunnel: { encapsulation: 'ipip', local: homeAgent, remote: '10.1.1.2' },
    downlink: bronze,
    delivery: { via: 'tunnel' },
    reverseTunnel: { style: 'direct' },
  })
  const before = observe(foreignSide)
  t.is(pingFromNode(2), 0, 'nobody sends before he is registered')
  const { intake, replies, homeAgentSays } = stageAgent({
    kernel,
    offer: { reverseTunnelling: 'required', encapsulatingDelivery: true },
  })
  const request = {
    homeAgent,
    sourceLinkAddress: nodeLinkAddress,
    flags: { reverseTunnelling: true },
    timeToLive: 255,
  }
  await intake.receive(asked({ ...request, extensions: [aaa, { kind: 'encapsulating-delivery-style' }] }))
  t.like(replies, [{ code: 0 }])
  t.true(ping(3))

  shell(`
    ip -n sj-dp-mn link add own type ipip local 192.0.2.11 remote 10.1.101.1
    ip -n sj-dp-mn link set own up
    ip -n sj-dp-mn route add 203.0.113.10/32 dev own src 192.0.2.11`)
  const tunnelled = tunnelledBack()
  t.is(pingFromNode(3), 3)
  t.is(tunnelledBack() - tunnelled, 3)
  shell('ip -n sj-dp-mn link delete own')

  shell('ip -n sj-dp-mn address add 192.0.2.12/32 dev radio0')
  t.is(pingFromNode(2, '-I 192.0.2.12'), 0, 'not with another home address')
  shell('ip -n sj-dp-mn link set radio0 address 02:00:00:00:00:bb')
  t.is(pingFromNode(2, '-I 192.0.2.11'), 0, 'not from another link address')
  shell(`
    ip -n sj-dp-mn address delete 192.0.2.12/32 dev radio0
    ip -n sj-dp-mn link set radio0 address ${nodeLinkAddress}`)

  homeAgentSays(0, 600)
  await intake.receive(asked({ ...request, identification: 2n, extensions: [home] }))
  const direct = tunnelledBack()
  t.is(pingFromNode(3), 3)
  t.is(tunnelledBack() - direct, 3, 'now what it sends as it is goes back in the tunnel')

  homeAgentSays(0, 0)
  await intake.receive(asked({ ...request, identification: 3n, lifetimeSeconds: 0, extensions: [home] }))
  t.like(replies.slice(1), [{ code: 0 }, { code: 0 }])
  await kernel.settled()
  t.is(pingFromNode(2), 0, 'nobody sends after he has left')
  t.is(lines(observe(foreignSide), '192.0.2.11').length, 0)
  t.is(observe(foreignSide), before)
  await atHome.close()
  await kernel.close()
})
