import * as net from '../index.ts'

net.createNamespace('first')
const socket = net.NetlinkSocket.open({ namespace: { name: 'first' } }) // without: where this process is

// Many changes, few system calls, one result for each. Interfaces go by name, also those made a moment before.
const results = await socket.transaction([
  net.addLink({ name: 'core', type: { kind: 'dummy' }, up: true }),
  net.addAddress({ address: '10.1.1.1/24', device: 'core' }),
  net.addLink({
    name: 'tunnel',
    type: net.ipip({ local: '10.1.1.1', remote: '10.1.1.2', ttl: 64 }),
    up: true,
  }),
  net.replaceRoute({ destination: '192.0.2.11', device: 'tunnel', table: 434, protocol: 143 }),
  net.replaceRoute({ destination: '10.0.0.0/8', gateway: '198.51.100.1' }),
])
for (const result of results) if (!result.ok) console.log(result.error.message)
//> ip route replace 10.0.0.0/8 via 198.51.100.1: ENETUNREACH, Nexthop has invalid gateway

console.log((await socket.request(net.getLink('tunnel'))).mtu)
//> 1480
for await (const link of socket.dump(net.dumpLinks({ kind: 'ipip' })))
  if (link.name === 'tunnel') console.log(link.info?.data?.ipip?.remote)
//> 10.1.1.2

// An overrun would mean: the kernel dropped notifications, dump again.
const monitor = socket.monitor(['link'])
await socket.request(net.setLink('tunnel', { mtu: 1400 }))
for await (const event of monitor) {
  console.log(event.object === 'overrun' ? event.object : `${event.change} ${event.object}`)
  break
}
//> new link
socket.close()
net.deleteNamespace('first')
