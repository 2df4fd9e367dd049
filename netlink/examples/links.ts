import * as net from '../index.ts'

for (const name of ['host', 'guest']) net.createNamespace(name)
const host = net.NetlinkSocket.open({ namespace: { name: 'host' } })
const results = await host.transaction([
  net.addLink({ name: 'br0', type: net.bridge({ vlanFiltering: true, spanningTree: 0 }), up: true }),
  // One end here and in the bridge, the other in the namespace of a guest.
  net.addLink({
    name: 'port',
    type: net.veth({ name: 'eth0', namespace: 'guest' }),
    master: 'br0',
    up: true,
  }),
  net.setLink('port', { type: net.bridgePort({ learning: false, guard: true }) }),
  net.addBridgeVlan({ device: 'port', id: 7, portVlan: true, untagged: true }),
  net.addBridgeVlan({ device: 'br0', id: 7, self: true }),
  net.addLink({ name: 'br0.7', lowerLink: 'br0', type: net.vlan({ id: 7 }) }),
  net.addLink({ name: 'blue', type: net.vrf(100), up: true }),
  net.setLink('br0.7', { master: 'blue', mtu: 1400, alias: 'customers of blue', up: true }),
  net.addLink({ name: 'copy', lowerLink: 'br0', type: net.macvlan({ mode: 'private' }), up: true }),
  net.addLink({ name: 'ifb0', type: { kind: 'ifb' }, up: true }),
])
for (const result of results) if (!result.ok) throw result.error

for await (const { name, mtu, alias } of host.dump(net.dumpLinks({ master: 'blue' })))
  console.log(name, mtu, alias)
//> br0.7 1400 customers of blue
const { statistics } = await host.request(net.getLink('port'))
console.log(typeof statistics?.receivedBytes)
//> bigint
host.close()
for (const name of ['host', 'guest']) net.deleteNamespace(name)
