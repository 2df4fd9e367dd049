/**
 * Fills golden/replies.json: what the kernel answers, `{ command, hex }` with the datagrams of each answer, sequence number 1. Run
 * by a person, as root and in a kernel with the drivers: `node netlink/golden/capture-replies.ts >netlink/golden/replies.json`.
 */
import { execFileSync } from 'node:child_process'
import { type NetlinkRequest, NLM_F, writeMessage } from '../message.ts'
import { MessageWriter, noInterfaces } from '../message-writer.ts'
import { createNamespace, deleteNamespace } from '../namespace.ts'
import { Transport } from '../transport.ts'
import { replyRequests } from './replies.ts'

const name = 'sj-replies'
const setUp = [
  'ip link add v0 index 10 address 02:00:00:00:00:10 type veth peer name v1 index 11',
  'ip link add sj-1 index 33 type gre local 203.0.113.1 remote 10.1.1.2 ttl 64 key 42',
  'ip link set lo up',
  'ip link set v0 up',
  'ip link set v1 up',
  'ip address add 10.0.0.1/24 dev v0',
  'ip route add 192.0.2.0/24 via 10.0.0.2 dev v0 proto 143 metric 9 mtu 1400',
  'ip route add unreachable 198.51.100.0/24',
  'ip rule add priority 4340 from 10.0.0.0/8 fwmark 0x1/0xf lookup 434',
  'ip neighbour add 10.0.0.7 lladdr 02:00:00:00:00:07 dev v0 nud permanent',
  'tc qdisc add dev v0 root handle 1: htb default 1',
  'tc class add dev v0 parent 1: classid 1:1 htb rate 1mbit ceil 10gbit',
  'tc qdisc add dev v0 parent 1:1 handle 11: fq_codel',
  'tc filter add dev v0 parent 1: protocol ip prio 1 handle 0x10 fw classid 1:1',
  'tc filter add dev v0 parent 1: protocol ip prio 2 flower dst_ip 192.0.2.1 ip_proto tcp action skbedit mark 7',
]

function replyTo(request: NetlinkRequest): string[] {
  const transport = new Transport({ namespace: `/run/netns/${name}` })
  const writer = new MessageWriter(noInterfaces)
  writeMessage(writer, request, 1, NLM_F.REQUEST | NLM_F.ACK)
  transport.send(writer.bytes.subarray(0, writer.length))
  const datagrams: string[] = []
  for (let length = transport.receive(); length !== undefined; length = transport.receive())
    datagrams.push(length === 'overrun' ? '' : transport.received.toString('hex', 0, length))
  transport.close()
  return datagrams
}

createNamespace(name)
try {
  for (const line of setUp) execFileSync('ip', ['netns', 'exec', name, ...line.split(' ')])
  const replies = replyRequests.map((request) => ({ command: request.render(), hex: replyTo(request) }))
  console.log(JSON.stringify(replies, null, 2))
} finally {
  deleteNamespace(name)
}
