"""The peer scapy: `peer-scapy.py WORKLOAD DIRECTION HEX MILLISECONDS`. Each line on stdin is answered by the processor time of a message."""
import json
import sys
from time import process_time

from scapy.layers.mobileip import MobileIP, MobileIPRRP, MobileIPRRQ

workload, direction, text, milliseconds = sys.argv[1:]
data = bytes.fromhex(text)
layer = {"registration-request": MobileIPRRQ, "registration-reply": MobileIPRRP}[workload]


def decode():
    packet = MobileIP(data)
    return packet.getfieldval("type"), [packet[layer].getfieldval(field.name) for field in layer.fields_desc]


fields = dict(zip((field.name for field in layer.fields_desc), decode()[1]))


def encode():
    return bytes(MobileIP(type=data[0]) / layer(**fields))


if encode() != data:
    sys.exit("other bytes come back")
once = {"decode": decode, "encode": encode}[direction]
for _ in sys.stdin:
    count, start = 0, process_time()
    while process_time() - start < float(milliseconds) / 1000:
        for _ in range(20):
            once()
        count += 20
    print(json.dumps({"microseconds": 1e6 * (process_time() - start) / count}), flush=True)
