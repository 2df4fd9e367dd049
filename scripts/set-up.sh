#!/bin/sh
# Brings in what Sojourn needs to run its lab and its tests, and says what and why. Safe to run again: what is there is left alone.
# --quiet: say nothing when there is nothing to do. --with freediameter|erlang|scapy|postgresql: also what scenarios with this stranger,
# or tests over this database, need.
set -eu
cd "$(dirname "$0")/.."
say() { [ "${quiet:-}" ] || echo "$*"; }
strangers=' '
while [ $# -gt 0 ]; do
  case "$1 ${2-}" in
  --quiet*) quiet=yes ;;
  '--with freediameter' | '--with erlang' | '--with scapy' | '--with postgresql')
    strangers="$strangers$2 "
    shift
    ;;
  *)
    echo "Error: unknown: $*. Usage: $0 [--quiet] [--with freediameter|erlang|scapy|postgresql]..." >&2
    exit 2
    ;;
  esac
  shift
done

# npm packages: Node 26 itself (which runs the TypeScript sources as they are), libraries, checkers.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "Installing npm packages: Node.js 26, libraries and checkers, into node_modules/ (about 20 s) ..."
  npm ci --no-audit --no-fund --loglevel=error
fi

# Debian packages: the kernel when this machine's own lacks drivers, and the witnesses that look at it. A row: package, program or file, reason.
wanted=''
want() {
  command -v "$2" >/dev/null 2>&1 && return
  [ ! -e "$2" ] || return 0
  echo "Missing: $1 ($3)"
  wanted="$wanted $1"
}
PATH=$PATH:/usr/sbin:/sbin
want util-linux unshare "namespaces and processes that end together"
want iproute2 tc "builds the lab's hosts and shows the kernel's routes, classes and filters"
want iputils-ping ping "the first packet through"
want iperf3 iperf3 "measures goodput"
want tcpdump tcpdump "captures packets"
want tshark tshark "decodes the captured Mobile IP and Diameter messages"
if [ -z "$wanted" ] && missing=$(netns-lab/kernel/probe.sh) && [ -z "$missing" ]; then
  : # The machine's own kernel will do.
else
  want user-mode-linux linux.uml "a Linux kernel that runs as an ordinary process: this machine's own lacks drivers or rights"
  want kmod modprobe "loads the drivers of the user-mode kernel"
fi
for stranger in $strangers; do
  case $stranger in
  freediameter)
    want freediameterd freeDiameterd "a Diameter relay that is not ours"
    want freediameter-extensions /usr/lib/freeDiameter/acl_wl.fdx "lets that relay accept our servers as its peers"
    want openssl openssl "makes the certificates that the relay is to accept or to refuse"
    want faketime faketime "lets a relay live in the time when its certificate had not expired"
    ;;
  erlang)
    want erlang-base erl "runs a Diameter server that is not ours"
    want erlang-diameter "$(echo /usr/lib/erlang/lib/diameter-*/bin/diameterc)" "that server's Diameter"
    want erlang-dev "$(echo /usr/lib/erlang/lib/diameter-*/include/diameter.hrl)" "what a program that uses it is compiled with"
    want erlang-examples "$(echo /usr/lib/erlang/lib/diameter-*/examples/dict/rfc4004_mip.dia)" "that server's Mobile IPv4 dictionary"
    ;;
  scapy) want python3-scapy /usr/lib/python3/dist-packages/scapy "a mobile node that is not ours" ;;
  postgresql)
    initdb=$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -n 1)
    want postgresql "$initdb" "the database that several home servers share: the tests run a server of their own with it"
    ;;
  esac
done
[ -n "$wanted" ] || { say "Set-up: everything is there."; exit 0; }

install="apt-get install -y --no-install-recommends$wanted"
if ! command -v apt-get >/dev/null 2>&1; then
  echo "Error: this machine has no apt-get. Install the programs above with its own package manager, then run this again." >&2
  exit 1
elif [ "$(id -u)" = 0 ]; then
  as_root=''
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
  as_root='sudo -n env DEBIAN_FRONTEND=noninteractive'
else
  echo "Error: installing needs root. Run this once, then start again:  sudo $install" >&2
  exit 1
fi
echo "Installing Debian packages:$wanted ..."
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# shellcheck disable=SC2086 # the words are to be split
if ! $as_root $install >"$log" 2>&1; then
  { $as_root apt-get update && $as_root $install; } >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    echo "Error: apt-get failed (its last words are above). The command was: $install" >&2
    exit 1
  }
fi
rm -f "$log"
say "Set-up: done."
