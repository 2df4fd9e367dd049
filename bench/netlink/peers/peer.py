"""The Python peer of the netlink bench: pyroute2, one IPRoute that lives as long as the process.

    peer.py WORKLOAD N CLASSES

CLASSES is a file with a line "parent class-id" (decimal) per class. Each line on stdin is the number of a turn; the workload
is then carried out once and a line of JSON says how long that took. pyroute2 has no u32 hash tables, so no filters here.
"""
import sys
import time

from pyroute2 import IPRoute

SAMPLES = 2000
workload, n = sys.argv[1], int(sys.argv[2])
with open(sys.argv[3], encoding="ascii") as file:
    classes = [tuple(map(int, line.split())) for line in file]
ipr = IPRoute()
devices = [ipr.link_lookup(ifname=name)[0] for name in ("b0", "b1")]


def htb(command, i, turn):
    parent, class_id = classes[i]
    rate = (10 + turn % 500) * 1000000 // 8
    ipr.tc(command, "htb", devices[0], class_id, parent=parent, rate=rate, ceil=2 * rate, burst=1600, cburst=1600, quantum=1514)


def one(i, turn):
    if workload == "change-classes":
        htb("change-class", i, turn)
    elif workload == "add-classes":
        htb("add-class", i, turn)
    elif workload == "replace-routes":
        ipr.route("replace", dst=f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}/32", oif=devices[turn % 2], scope="link")
    elif workload == "add-links":
        ipr.link("add", ifname=f"n{i}", kind="ifb")


for line in sys.stdin:
    turn = int(line)
    if workload == "change-one":
        times = []
        for i in range(SAMPLES):
            start = time.perf_counter()
            htb("change-class", (i * 7919 + turn) % n, turn)
            times.append((time.perf_counter() - start) * 1e6)
        times.sort()
        print(f'{{"p50":{times[SAMPLES // 2]:.3f},"p99":{times[SAMPLES * 99 // 100]:.3f}}}', flush=True)
        continue
    begin = time.perf_counter()
    count = n
    if workload == "dump-classes":
        count = len(list(ipr.get_classes(index=devices[0])))
    else:
        for i in range(n):
            one(i, turn)
    print(f'{{"microseconds":{(time.perf_counter() - begin) * 1e6:.3f},"count":{count}}}', flush=True)
