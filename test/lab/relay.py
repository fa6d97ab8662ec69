"""The wire between two hosts of the lab: moves every frame between two interfaces, and can lose,
delay, reorder, duplicate and corrupt what its rules name. The same rules and seed do the same again.

usage: relay.py '{"a": IF, "b": IF, "aName": TEXT, "bName": TEXT, "ports": [4789], "seed": 1, "rules": [...]}'

Prints "ready" when it moves frames. On SIGTERM it prints, as one JSON object, how many frames of which
kind it saw in each direction and what was done to how many.

A rule names frames (direction, packets, tunnel, vni, fragment, minimumBytes, all optional), says which
of them (nth, counted from 1 over the frames it names; percent; otherwise all) and what to do (action:
pass, drop, duplicate, delay, reorder, corrupt). The first rule that takes a frame decides.

Checksums that a sender left to its network card are filled in here, as the card would do.
"""

import heapq
import json
import random
import select
import signal
import socket
import struct
import sys
import time

ETH_P_ALL = 0x0003
SOL_PACKET = 263
PACKET_VNET_HDR = 15
PACKET_IGNORE_OUTGOING = 23
VNET_HDR = struct.Struct("=BBHHHH")
NEEDS_CHECKSUM = 1
NO_VNET_HDR = bytes(VNET_HDR.size)

ICMP = {0: "echo-reply", 3: "icmp-error", 8: "echo-request", 11: "icmp-error"}
ICMPV6 = {
    1: "icmp-error",
    2: "icmp-error",
    128: "echo-request-v6",
    129: "echo-reply-v6",
    133: "router-solicitation",
    135: "neighbor-solicitation",
    136: "neighbor-advertisement",
    143: "mld-report",
}


def tcp_name(segment):
    flags = segment[13]
    if flags & 0x04:
        return "tcp-rst"
    if flags & 0x02:
        return "tcp-synack" if flags & 0x10 else "tcp-syn"
    return "tcp"


def udp_name(segment, ports):
    source, destination = struct.unpack_from("!HH", segment)
    if destination in ports:
        skip = 16 + (segment[8] & 0x3F) * 4 if destination == 6081 else 16
        return "tunnel " + name_of(segment[skip:], ports)
    if destination == 53:
        return "dns-query"
    if source == 53:
        return "dns-response"
    return "udp"


def transport_name(protocol, segment, ports):
    if protocol == 1:
        return ICMP.get(segment[0], "icmp")
    if protocol == 58:
        return ICMPV6.get(segment[0], "icmpv6")
    if protocol == 6:
        return tcp_name(segment)
    if protocol == 17:
        return udp_name(segment, ports)
    return "ip"


def fragment_of(frame):
    """whole, first or later, of the outermost IP header."""
    kind = struct.unpack_from("!H", frame, 12)[0]
    if kind == 0x0800:
        word = struct.unpack_from("!H", frame, 20)[0]
        if word & 0x1FFF:
            return "later"
        return "first" if word & 0x2000 else "whole"
    if kind == 0x86DD and frame[20] == 44:
        word = struct.unpack_from("!H", frame, 56)[0]
        if word & 0xFFF8:
            return "later"
        return "first" if word & 1 else "whole"
    return "whole"


def name_of(frame, ports):
    """What a frame is, in a word; "tunnel " and a word for what is encapsulated."""
    try:
        kind = struct.unpack_from("!H", frame, 12)[0]
        if kind == 0x0806:
            return "arp-reply" if frame[21] == 2 else "arp-request"
        if fragment_of(frame) == "later":
            return "fragment"
        if kind == 0x0800:
            return transport_name(frame[23], frame[14 + (frame[14] & 0x0F) * 4 :], ports)
        if kind == 0x86DD:
            protocol, offset = frame[20], 54
            while protocol in (0, 44, 60):
                length = 8 if protocol == 44 else 8 + frame[offset + 1] * 8
                protocol, offset = frame[offset], offset + length
            return transport_name(protocol, frame[offset:], ports)
        return "other"
    except (IndexError, struct.error):
        return "short"


def vni_of(frame, ports):
    """The network identifier of an encapsulated frame, of VXLAN and Geneve alike; None otherwise."""
    udp = 54 if struct.unpack_from("!H", frame, 12)[0] == 0x86DD else 34
    if len(frame) < udp + 16 or struct.unpack_from("!H", frame, udp + 2)[0] not in ports:
        return None
    return int.from_bytes(frame[udp + 12 : udp + 15], "big")


def corrupted(frame, field):
    """The frame with one byte inverted: of the outer UDP checksum, or the last of the payload."""
    changed = bytearray(frame)
    version6 = struct.unpack_from("!H", frame, 12)[0] == 0x86DD
    udp = 54 if version6 else 14 + (frame[14] & 0x0F) * 4
    changed[udp + 7 if field == "checksum" else -1] ^= 0xFF
    return bytes(changed)


class Rule:
    def __init__(self, given, seed):
        self.given = given
        self.count = 0
        self.random = random.Random(seed)

    def takes(self, direction, name, frame, ports):
        given = self.given
        if given.get("direction", direction) != direction:
            return False
        if "packets" in given and name not in given["packets"]:
            return False
        if "tunnel" in given and name.startswith("tunnel ") != given["tunnel"]:
            return False
        if "vni" in given and vni_of(frame, ports) != given["vni"]:
            return False
        if "fragment" in given and fragment_of(frame) != given["fragment"]:
            return False
        if len(frame) < given.get("minimumBytes", 0):
            return False
        self.count += 1
        if "nth" in given:
            return self.count in given["nth"]
        if "percent" in given:
            return self.random.uniform(0, 100) < given["percent"]
        return True


class Relay:
    def __init__(self, order):
        self.ports = set(order["ports"])
        self.rules = [Rule(rule, order["seed"] * 1000 + at) for at, rule in enumerate(order["rules"])]
        self.ends = {}
        a, b = open_end(order["a"]), open_end(order["b"])
        self.ends[a] = (b, "to-" + order["bName"])
        self.ends[b] = (a, "to-" + order["aName"])
        self.waiting = []
        self.held = {}
        self.serial = 0
        self.seen = {}
        self.acted = {}

    def later(self, seconds, out, frame):
        self.serial += 1
        heapq.heappush(self.waiting, (time.monotonic() + seconds, self.serial, out, frame))

    def tally(self, table, *keys):
        for key in keys[:-1]:
            table = table.setdefault(key, {})
        table[keys[-1]] = table.get(keys[-1], 0) + 1

    def move(self, end, frame):
        out, direction = self.ends[end]
        name = name_of(frame, self.ports)
        self.tally(self.seen, direction, name)
        rule = next((rule for rule in self.rules if rule.takes(direction, name, frame, self.ports)), None)
        held = self.held.pop(direction, None)
        if rule is None:
            send(out, frame)
        else:
            self.tally(self.acted, rule.given["action"], direction, name)
            self.act(rule.given, direction, out, frame)
        if held is not None:
            send(out, held)

    def act(self, given, direction, out, frame):
        action = given["action"]
        if action == "pass":
            send(out, frame)
        elif action == "duplicate":
            send(out, frame)
            self.later(given.get("milliseconds", 0) / 1000, out, frame)
        elif action == "delay":
            self.later(given["milliseconds"] / 1000, out, frame)
        elif action == "reorder":
            self.held[direction] = frame
        elif action == "corrupt":
            send(out, corrupted(frame, given["field"]))
        elif action != "drop":
            raise ValueError(action)

    def run(self):
        while True:
            now = time.monotonic()
            while self.waiting and self.waiting[0][0] <= now:
                _, _, out, frame = heapq.heappop(self.waiting)
                send(out, frame)
            wait = self.waiting[0][0] - now if self.waiting else None
            for end in select.select(list(self.ends), [], [], wait)[0]:
                self.move(end, receive(end))


def receive(end):
    """The next frame, with its checksum filled in if the sender left that to its card."""
    data = end.recv(VNET_HDR.size + 65535)
    flags, _, _, _, start, offset = VNET_HDR.unpack_from(data)
    frame = data[VNET_HDR.size :]
    if not flags & NEEDS_CHECKSUM:
        return frame
    summed = frame[start:] + bytes(len(frame[start:]) % 2)
    total = sum(struct.unpack("!%dH" % (len(summed) // 2), summed))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    checksum = struct.pack("!H", (~total & 0xFFFF) or 0xFFFF)
    return frame[: start + offset] + checksum + frame[start + offset + 2 :]


def send(end, frame):
    end.send(NO_VNET_HDR + frame)


def open_end(interface):
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    end.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    end.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    end.bind((interface, 0))
    return end


def main():
    relay = Relay(json.loads(sys.argv[1]))

    def finish(*_):
        print(json.dumps({"seen": relay.seen, "acted": relay.acted}), flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, finish)
    print("ready", flush=True)
    relay.run()


main()
