import * as net from '../index.ts'

net.createNamespace('tunnels')
const socket = net.NetlinkSocket.open({ namespace: { name: 'tunnels' } })
const ipv4 = { local: '10.1.1.1', remote: '10.1.1.2', ttl: 64 }
const ipv6 = { local: '2001:db8::1', remote: '2001:db8::2' }
const types: Record<string, net.LinkType> = {
  ipip: net.ipip({ ...ipv4, pathMtuDiscovery: true }),
  gre: net.gre({ ...ipv4, key: 42 }),
  gretap: net.gretap({ ...ipv4, key: 43 }),
  sit: net.sit(ipv4),
  ip6tnl: net.ip6tnl({ ...ipv6, hopLimit: 64 }),
  ip6gre: net.ip6gre({ ...ipv6, key: 42 }),
  vxlan: net.vxlan({ id: 7, remote: '10.1.1.2', destinationPort: 4789 }),
  // One device for every other end: routes or the action tunnel_key say which, flower reads it of what comes in.
  any: { kind: 'gre', data: { gre: { collectMetadata: true } } },
}
const names = Object.keys(types).map((name) => `to-${name}`)
const results = await socket.transaction(
  Object.entries(types).map(([name, type]) => net.addLink({ name: `to-${name}`, type })),
)
for (const result of results) if (!result.ok) throw result.error

// While packets are in it. A change says all parameters: what it leaves out is as in a new tunnel.
await socket.request(net.changeTunnel('to-gre', net.gre({ ...ipv4, key: 42, ttl: 32 })))
const made: (string | undefined)[] = []
for await (const { name } of socket.dump(net.dumpLinks())) if (names.includes(name ?? '')) made.push(name)
console.log(made.length)
//> 8
socket.close()
net.deleteNamespace('tunnels')
