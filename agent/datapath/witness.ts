/** For tests on a kernel: four namespaces in a row, and what `ip`, `tc` and `ping` see in them. */
import { execFileSync } from 'node:child_process'

export const namespaces = ['sj-dp-cn', 'sj-dp-ha', 'sj-dp-fa', 'sj-dp-mn']
export const nodeLinkAddress = '02:00:00:00:00:aa'

/**
 * cn0 and core0 at the home agent; core0 and access at the foreign agent; the node has its home address on
 * radio0.
 */
export const setUp = `
  ${namespaces.map((name) => `ip netns add ${name}`).join('\n  ')}
  ip -n sj-dp-ha link add cn0 type veth peer name ha0 netns sj-dp-cn
  ip -n sj-dp-ha link add core0 type veth peer name core0 netns sj-dp-fa
  ip -n sj-dp-fa link add access type veth peer name radio0 netns sj-dp-mn
  ip -n sj-dp-mn link set radio0 address ${nodeLinkAddress}
  ip -n sj-dp-cn address add 203.0.113.10/24 dev ha0
  ip -n sj-dp-ha address add 203.0.113.1/24 dev cn0
  ip -n sj-dp-ha address add 10.1.1.1/24 dev core0
  ip -n sj-dp-fa address add 10.1.1.2/24 dev core0
  ip -n sj-dp-fa address add 10.1.101.1/24 dev access
  ip -n sj-dp-mn address add 192.0.2.11/32 dev radio0
  ip -n sj-dp-cn link set ha0 up
  for link in cn0 core0; do ip -n sj-dp-ha link set $link up; done
  for link in core0 access; do ip -n sj-dp-fa link set $link up; done
  ip -n sj-dp-mn link set radio0 up
  ip -n sj-dp-cn route add 192.0.2.0/24 via 203.0.113.1
  ip -n sj-dp-ha route add 10.1.2.0/24 via 10.1.1.2
  ip -n sj-dp-fa route add 203.0.113.0/24 via 10.1.1.1
  ip -n sj-dp-mn route add 10.1.101.1/32 dev radio0
  ip -n sj-dp-mn route add default via 10.1.101.1
  for name in ${namespaces.join(' ')}; do
    ip netns exec $name sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
  done`

export function shell(script: string): string {
  return execFileSync('sh', ['-ec', script], { encoding: 'utf8' })
}

export interface Side {
  namespace: string
  device: string
  ingress: string
}
export const homeSide: Side = { namespace: 'sj-dp-ha', device: 'core0', ingress: 'cn0' }

/** All that the datapath may touch, as the witnesses show it; leaf handles are the kernel's choice. */
export function observe({ namespace, device, ingress }: Side): string {
  return (
    shell(`
    ip -n ${namespace} -br link show | grep -o '^sj-[^@ ]*' || true
    ip -n ${namespace} route show table all proto 143
    ip -n ${namespace} rule show
    ip -n ${namespace} neighbour show nud permanent
    # The kernel lists qdiscs by a hash of their handles.
    tc -n ${namespace} qdisc show dev ${device} | sort -k 2,2 -k 5
    for object in class filter; do tc -n ${namespace} $object show dev ${device}; done
    for child in $(tc -n ${namespace} qdisc show dev ${device} | grep -o 'htb 44[0-9a-f]*:' | cut -d' ' -f2); do
      tc -n ${namespace} filter show dev ${device} parent $child
    done
    for device in ${ingress} $(ip -n ${namespace} -br link show | grep -o '^sj-[^@ ]*'); do
      tc -n ${namespace} qdisc show dev $device
      tc -n ${namespace} filter show dev $device ingress
      tc -n ${namespace} filter show dev $device egress
    done`)
      // The flows that fq_codel sees just now.
      .replace(/^class fq_codel .*\n/gm, '')
      .replace(/(fq_codel|leaf) 8[0-9a-f]{3}:/g, '$1 N:')
      .replace(/ (chain 0|not_in_hw|index \d+|ref \d+|bind \d+|direct_packets_stat \d+|refcnt \d+)/g, '')
      .replace(/[ \t]+$/gm, '')
  )
}

export const foreignSide: Side = { namespace: 'sj-dp-fa', device: 'access', ingress: 'access' }

/** Whether all of some echo requests from the correspondent to the node were answered. */
export function ping(count: number): boolean {
  return shell(`ip netns exec sj-dp-cn ping -q -c ${count} -i 0.01 -w 5 192.0.2.11 || true`).includes(
    `${count} received`,
  )
}

/** What the node got of some echo requests that it sent to the correspondent itself. */
export function pingFromNode(count: number, options = ''): number {
  const shown = shell(
    `ip netns exec sj-dp-mn ping -q -c ${count} -i 0.01 -W 1 ${options} 203.0.113.10 || true`,
  )
  return Number(/(\d+) received/.exec(shown)?.[1])
}

/** The lines of a witness's output that have the word. */
export function lines(text: string, word: string): string[] {
  return text.split('\n').filter((line) => line.includes(word))
}

/** Bytes sent by a class, as `tc` counts them. */
export function sentBytes({ namespace, device }: Side, classId: string): number {
  const shown = shell(`tc -n ${namespace} -s class show dev ${device} classid ${classId}`)
  return Number(/Sent (\d+) bytes/.exec(shown)?.[1])
}
