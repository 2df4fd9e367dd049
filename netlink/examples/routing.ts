import * as net from '../index.ts'

net.createNamespace('router')
const socket = net.NetlinkSocket.open({ namespace: { name: 'router' } })
const results = await socket.transaction([
  net.addLink({ name: 'up0', type: { kind: 'dummy' }, up: true }),
  net.addLink({ name: 'up1', type: { kind: 'dummy' }, up: true }),
  net.addAddress({ address: '10.0.0.1/24', device: 'up0' }),
  net.addAddress({ address: '10.0.1.1/24', device: 'up1' }),
  // Nexthop objects: thousands of routes by way of one number, which is changed without touching them.
  net.addNexthop({ id: 1, gateway: '10.0.0.2', device: 'up0' }),
  net.addNexthop({ id: 2, gateway: '10.0.1.2', device: 'up1' }),
  net.addNexthop({ id: 10, group: [{ id: 1, weight: 3 }, { id: 2 }] }),
  net.replaceRoute({ destination: '192.0.2.0/24', nexthopId: 10, protocol: 143 }),
  net.replaceRoute({
    ...{ destination: 'default', table: 434, metrics: { advertisedMss: 1340 } },
    nextHops: [{ gateway: '10.0.0.2', weight: 2 }, { gateway: '10.0.1.2' }],
  }),
  net.addRule({ priority: 4340, fwMark: 0x10000, fwMask: 0xffff0000, table: 434 }),
  net.replaceNeighbour({ address: '10.0.0.2', linkAddress: '02:00:00:00:00:02', device: 'up0' }),
  net.addNeighbour({ address: '192.0.2.11', device: 'up0', proxy: true }),
])
for (const result of results) if (!result.ok) throw result.error

for await (const { destination, nexthopId } of socket.dump(net.dumpRoutes({ table: 254, protocol: 143 })))
  console.log(destination, nexthopId)
//> 192.0.2.0 10
for await (const { priority, fwMark } of socket.dump(net.dumpRules()))
  if (fwMark) console.log(priority, fwMark)
//> 4340 65536
console.log(net.getRoute('192.0.2.1', { mark: 0x10000 }).render())
//> ip route get 192.0.2.1 mark 65536
socket.close()
net.deleteNamespace('router')
