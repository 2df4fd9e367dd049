#!/bin/sh
# Which drivers that the datapath needs does the running kernel lack? Prints their names, one a line, nothing when all are there.
# Tries each for real in a network namespace of its own, which ends with this script. Exit 2: not root.
if [ "${1-}" != inside ]; then
  [ "$(id -u)" = 0 ] || exit 2
  missing=$(unshare --net sh "$0" inside) || exit 2
  [ -z "$missing" ] || printf '%s\n' "$missing" | sort -u
  exit 0
fi

need() {
  driver=$1
  shift
  "$@" >/dev/null 2>&1 || echo "$driver"
}
ip link set lo up || exit 2
need veth ip link add probe0 type veth peer name probe1
need bridge ip link add probe2 type bridge
need ipip ip link add probe3 type ipip local 127.0.0.1 remote 127.0.0.2
need ip_gre ip link add probe4 type gre local 127.0.0.1 remote 127.0.0.2 key 1
need sch_htb tc qdisc add dev lo root handle 1: htb
need sch_htb tc class add dev lo parent 1: classid 1:1 htb rate 1mbit
need sch_fq_codel tc qdisc add dev lo parent 1:1 fq_codel
need sch_ingress tc qdisc add dev lo clsact
need cls_fw tc filter add dev lo parent 1: protocol ip prio 1 handle 1 fw classid 1:1
need cls_flower tc filter add dev lo ingress protocol ip prio 1 flower dst_ip 192.0.2.1
need act_skbedit tc actions add action skbedit mark 1
need act_ct tc actions add action ct
exit 0
