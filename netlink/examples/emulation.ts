import * as net from '../index.ts'

net.createNamespace('far')
const socket = net.NetlinkSocket.open({ namespace: { name: 'far' } })
const place = { device: 'wan', parent: 'root', handle: net.tcHandle(1) } as const
// In the form of iproute2's files such as /usr/lib/tc/normal.dist, here a short one.
const distribution = net.readNetemDistribution(
  '# mostly early, sometimes very late\n-8192 -8192 -4096 0 0 16384',
)
const results = await socket.transaction([
  net.addLink({ name: 'wan', type: { kind: 'dummy' }, up: true }),
  net.addQdisc({
    ...place,
    type: net.netem({
      delay: { microseconds: 100_000, jitterMicroseconds: 10_000, distribution },
      loss: { toBadPercent: 1, toGoodPercent: 20 },
      rate: { bitsPerSecond: 10e6 },
    }),
    // What a DSL line makes of each packet.
    sizeTable: { linkLayer: 'atm', overheadBytes: 44 },
  }),
])
for (const result of results) if (!result.ok) throw result.error

console.log(net.changeQdisc({ ...place, type: net.netem({ loss: { percent: 1 } }) }).render())
//> tc qdisc change dev wan root handle 1: netem loss 1%
const { sizeTable, options } = await socket.request(net.getQdisc(place))
console.log(sizeTable?.base?.overheadBytes, options?.netem?.delayNanoseconds)
//> 44 100000000n
socket.close()
net.deleteNamespace('far')
