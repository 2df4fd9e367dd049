import * as net from '../index.ts'

net.createNamespace('shaper')
const socket = net.NetlinkSocket.open({ namespace: { name: 'shaper' } })
const device = 'up0'
const root = net.tcHandle(1)
const rate = (rateBitsPerSecond: number, ceilBitsPerSecond = rateBitsPerSecond): net.HtbClass => ({
  ...{ rateBitsPerSecond, ceilBitsPerSecond, burstBytes: 15_000, ceilBurstBytes: 15_000 },
  ...{ quantumBytes: 1514, priority: 0 },
})
const classOf = (minor: number, settings: net.HtbClass, parent = net.tcHandle(1, 1)) =>
  net.addClass({ device, parent, classId: net.tcHandle(1, minor), type: net.htbClass(settings) })
const users = Array.from({ length: 100 }, (_, index) => 0x100 + index)

const results = await socket.transaction([
  net.addLink({ name: device, type: { kind: 'dummy' }, up: true }),
  net.addQdisc({ device, parent: 'root', handle: root, type: net.htbQdisc({ defaultMinor: 0xfff }) }),
  classOf(1, rate(1e9), root),
  ...users.map((minor) => classOf(minor, rate(2e6, 10e6))),
  ...users.map((minor) =>
    net.addQdisc({
      ...{ device, parent: net.tcHandle(1, minor), handle: net.tcHandle(minor) },
      type: net.fqCodel({ targetMicroseconds: 5000 }),
    }),
  ),
  // Whatever has the firewall mark 0x100 goes to the class 1:100, and so on: one look-up, however many there are.
  ...users.map((minor) =>
    net.addFilter({
      ...({ device, parent: root, protocol: 'all', priority: 1, handle: minor } as const),
      type: net.fw({ classId: net.tcHandle(1, minor) }),
    }),
  ),
])
for (const result of results) if (!result.ok) throw result.error

// One user more speed, in place: queue and counters stay.
await socket.request(
  net.changeClass({
    ...{ device, parent: net.tcHandle(1, 1), classId: net.tcHandle(1, 0x100) },
    type: net.htbClass(rate(5e6, 20e6)),
  }),
)
let drops = 0
for await (const { statistics } of socket.dump(net.dumpClasses({ device, qdisc: root })))
  drops += statistics?.queue?.drops ?? 0
const { options } = await socket.request(net.getClass({ device, classId: net.tcHandle(1, 0x100) }))
console.log(drops, net.readHtbClass(options?.htb ?? {})?.ceilBitsPerSecond)
//> 0 20000000

// Less speed on the other side than the line has, counted as cells of ATM.
const line = { rateBitsPerSecond: 20e6, framing: 'atm', overheadBytes: 44 } as const
console.log(net.replaceQdisc({ device, parent: 'root', type: net.cake(line) }).render())
//> tc qdisc replace dev up0 root cake bandwidth 20mbit atm overhead 44
socket.close()
net.deleteNamespace('shaper')
