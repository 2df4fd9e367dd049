#!/usr/bin/python3
"""A mobile node made of scapy and the RFCs alone; nothing in it comes from Sojourn.

usage: mobile-node.py INTERFACE NAI HOME_ADDRESS HOME_AGENT AAA_SPI AAA_KEY_FILE

Reads commands from standard input, one a line, and prints what came of each as one line of JSON:
  hear                                  waits for an agent advertisement (RFC 5944, section 2.1)
  register [wrong-key|stale] LIFETIME   asks with MN-AAA authentication and for a key with the home agent (RFC 4721, 3957)
  refresh [wrong-key|stale] LIFETIME    asks with MN-HA authentication under that key; LIFETIME 0 deregisters
"""
import hashlib
import hmac
import json
import os
import socket
import struct
import subprocess
import sys
import time

from scapy.arch import get_if_hwaddr
from scapy.config import conf
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Ether
from scapy.layers.mobileip import MobileIP, MobileIPRRP, MobileIPRRQ
from scapy.packet import Raw
from scapy.sendrecv import sendp, sniff

interface, nai, home_address, home_agent = sys.argv[1:5]
aaa_spi = int(sys.argv[5])
aaa_key = bytes.fromhex(open(sys.argv[6]).read().strip())
PORT = 434
PATIENCE_SECONDS = 8
NTP_EPOCH = 2208988800
NODE_SPI = 7001

agent = {}  # the foreign agent that was heard
security = {}  # the association with the home agent
last_identification = 0


def extension(kind, data):
    return struct.pack("!BB", kind, len(data)) + data


def long_extension(kind, subtype, data):
    return struct.pack("!BBH", kind, subtype, len(data)) + data


def extensions_of(data, long_kinds=()):
    """Yields (offset, type, data) of each extension; RFC 5944, sections 1.8 to 1.11."""
    at = 0
    while at < len(data):
        kind = data[at]
        if kind == 0:
            at += 1
            continue
        head = 4 if kind in long_kinds else 2
        length = struct.unpack_from("!H", data, at + 2)[0] if head == 4 else data[at + 1]
        yield at, kind, data[at + head : at + head + length]
        at += head + length


def hear():
    def is_advertisement(packet):
        return ICMP in packet and packet[ICMP].type == 9 and bytes(packet[ICMP])[1] in (0, 16)

    heard = sniff(iface=interface, lfilter=is_advertisement, count=1, timeout=PATIENCE_SECONDS)
    if not heard:
        return {"error": "no agent advertisement"}
    packet = heard[0]
    icmp = bytes(packet[ICMP])
    # Addresses, words for each, then the extensions (RFC 1256).
    begin = 8 + icmp[4] * icmp[5] * 4
    end = packet[IP].len - packet[IP].ihl * 4
    agent.clear()
    agent.update(address=packet[IP].src, link=packet[Ether].src, challenge=None)
    for _, kind, data in extensions_of(icmp[begin:end]):
        if kind == 16:
            sequence, lifetime, flags = struct.unpack_from("!HHH", data)
            agent.update(lifetime=lifetime, flags=flags, care_of=socket.inet_ntoa(data[6:10]))
        elif kind == 24:
            agent["challenge"] = data
    if "care_of" not in agent:
        return {"error": "the advertisement offers no care-of address"}
    return {"agent": agent["address"], "careOfAddress": agent["care_of"], "lifetime": agent["lifetime"]}


def identification(how):
    """A timestamp (RFC 5944, section 5.7.1); a stale one is an hour old."""
    global last_identification
    seconds = time.time() - (3600 if how == "stale" else 0)
    value = (int(seconds) + NTP_EPOCH) << 32 | int(seconds % 1 * 2**32)
    if how != "stale":
        value = last_identification = max(value, last_identification + 1)
    return value


def request(lifetime, identity):
    """The fixed part and the NAI (RFC 2794)."""
    body = MobileIP(type=1) / MobileIPRRQ(
        flags=0, lifetime=lifetime, homeaddr=home_address, haaddr=home_agent, coaddr=agent["care_of"], id=identity
    )
    return bytes(body) + extension(131, nai.encode())


def exchange(message, identity):
    """Sends a request to the agent that was heard; returns the bytes of the reply to it."""
    packet = (
        # Without it scapy asks the routes, which lead nowhere yet.
        Ether(src=get_if_hwaddr(interface), dst=agent["link"])
        / IP(src=home_address, dst=agent["address"], ttl=1)
        / UDP(sport=PORT, dport=PORT)
        / Raw(message)
    )

    def is_reply(answer):
        return (
            UDP in answer
            and answer[UDP].dport == PORT
            and MobileIPRRP in answer
            and answer[MobileIPRRP].id & 0xFFFFFFFF == identity & 0xFFFFFFFF
        )

    answers = sniff(
        iface=interface,
        lfilter=is_reply,
        count=1,
        timeout=PATIENCE_SECONDS,
        started_callback=lambda: sendp(packet, iface=interface, verbose=False),
    )
    return bytes(answers[0][UDP].payload)[: answers[0][UDP].len - 8] if answers else None


def read_reply(reply):
    """Code and lifetime; follows a key generation reply, and verifies the mobile-home authenticator where there is one."""
    fixed = MobileIP(reply)[MobileIPRRP]
    result = {"code": fixed.code, "lifetime": fixed.lifetime, "authenticated": False}
    offered = dict(security)
    for at, kind, data in extensions_of(reply[20:], long_kinds=(36, 40, 41, 42, 43)):
        if kind == 43:
            key_lifetime, spi_of_aaa, agent_spi, algorithm, replay = struct.unpack_from("!IIIHH", data)
            nonce = data[16:]
            # RFC 3957, section 5: the key that both ends derive.
            key = hmac.new(aaa_key, nonce + nai.encode(), hashlib.sha1).digest()
            offered = {"key": key, "agent_spi": agent_spi}
            result["key"] = {"lifetime": key_lifetime, "aaaSpi": spi_of_aaa, "algorithm": algorithm, "replay": replay}
        elif kind == 32 and offered:
            covered = reply[: 20 + at + 6]
            expected = hmac.new(offered["key"], covered, hashlib.sha1).digest()
            spi = struct.unpack_from("!I", data)[0]
            result["authenticated"] = spi == NODE_SPI and hmac.compare_digest(data[4:], expected)
    if result["authenticated"] and fixed.code in (0, 1):
        security.clear()
        security.update(offered)
    return result


def register(lifetime, how):
    identity = identification(how)
    message = request(lifetime, identity)
    if agent["challenge"] is not None:
        message += extension(132, agent["challenge"])
    message += long_extension(42, 1, struct.pack("!I", NODE_SPI))
    key = os.urandom(16) if how == "wrong-key" else aaa_key
    message += struct.pack("!BBHI", 36, 1, 20, aaa_spi)
    message += hmac.new(key, message, hashlib.md5).digest()
    return settle(exchange(message, identity))


def refresh(lifetime, how):
    identity = identification(how)
    message = request(lifetime, identity)
    key = os.urandom(20) if how == "wrong-key" else security["key"]
    message += struct.pack("!BBI", 32, 24, security["agent_spi"])
    message += hmac.new(key, message, hashlib.sha1).digest()
    return settle(exchange(message, identity))


def settle(reply):
    if reply is None:
        return {"error": "no reply"}
    result = read_reply(reply)
    if result["code"] in (0, 1) and result["authenticated"] and result["lifetime"] > 0:
        attach()
    return result


def attach():
    """The kernel answers for the home address; its way out is the foreign agent."""
    commands = [
        f"address replace {home_address}/32 dev {interface}",
        f"neigh replace {agent['address']} lladdr {agent['link']} dev {interface}",
        f"route replace default via {agent['address']} dev {interface} onlink",
    ]
    subprocess.run(["ip", "-batch", "-"], input="\n".join(commands) + "\n", text=True, check=True)


def obey(words):
    command, *how, last = words if len(words) > 1 else (*words, "")
    if command == "hear":
        return hear()
    if not agent:
        return {"error": "no agent was heard"}
    act = {"register": register, "refresh": refresh}[command]
    return act(int(last), how[0] if how else "")


# Keeps the kernel from answering to replies with "port unreachable".
port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
port.bind(("", PORT))
conf.verb = 0
# On a switch this would read the traffic of all others too, and come too late to what is for itself.
conf.sniff_promisc = False
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    if line.strip():
        print(json.dumps({"did": line.strip(), **obey(line.split())}), flush=True)
