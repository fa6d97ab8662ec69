"""Sends 148-byte VXLAN packets that carry echo requests, at a steady rate: flood.py INTERFACE RATE SECONDS [spread].

They are of 4 flows, with `spread` of 262144.

Prints one line of JSON: packets sent, packets the kernel refused, and seconds it took. Frames are made beforehand
and handed to the kernel with sendmmsg, so that the sender needs little of a processor.
"""

import ctypes
import json
import socket
import struct
import sys
import time

BATCH = 100
IDENTIFIERS = 4
FRAME = 148
VNI = 555005


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class Message(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.c_void_p),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
        ("sent", ctypes.c_uint32),
    ]


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(source, destination, protocol, length):
    header = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + length, 0, 0, 64, protocol, 0, socket.inet_aton(source), socket.inet_aton(destination)
    )
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:]


def frames(count, is_spread):
    """All frames one behind the other.

    They differ in identifier, sequence number and checksum of the inner echo; spread ones in its source, too.
    """
    outer = bytes.fromhex("020000000002020000000001") + b"\x08\x00" + ipv4("192.168.10.163", "192.168.10.201", 17, 114)
    udp = struct.pack("!HHHH", 49152, 4789, 114, 0) + struct.pack("!BxxxI", 0x08, VNI << 8)
    macs = bytes.fromhex("0a580a84022e0a580a840202")
    heads = [
        outer + udp + macs + b"\x08\x00" + ipv4(f"10.132.2.{2 + number}", "10.132.2.46", 1, 64)
        for number in range(IDENTIFIERS)
    ]
    body = bytes(range(56))
    rest = sum(struct.unpack("!28H", body)) + 0x0800
    made = bytearray()
    for number in range(count):
        high, low = number >> 16, number & 0xFFFF
        identifier, sequence = (low, 1) if is_spread else (1 + high, low)
        total = rest + identifier + sequence
        total = (total & 0xFFFF) + (total >> 16)
        total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
        made += heads[high if is_spread else 0] + struct.pack("!BBHHH", 8, 0, total, identifier, sequence) + body
    assert len(made) == count * FRAME
    return made


def main():
    interface, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sender.bind((interface, 0))
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
    total = round(rate * seconds)
    count = min(max(total, BATCH), IDENTIFIERS << 16) // BATCH * BATCH
    made = frames(count, sys.argv[4:] == ["spread"])
    memory = (ctypes.c_char * len(made)).from_buffer(made)
    address = ctypes.addressof(memory)
    vectors = (Vector * count)(*((address + at * FRAME, FRAME) for at in range(count)))
    first = ctypes.addressof(vectors)
    size = ctypes.sizeof(Vector)
    messages = (Message * count)(*((None, 0, first + at * size, 1) for at in range(count)))
    send = ctypes.CDLL(None, use_errno=True).sendmmsg
    width = ctypes.sizeof(Message)
    sent = refused = 0
    begin = time.monotonic()
    while sent + refused < total:
        at = (sent + refused) % count
        wanted = min(BATCH, total - sent - refused, count - at)
        done = send(sender.fileno(), ctypes.byref(messages, at * width), wanted, 0)
        if done < 0:
            refused += 1
        else:
            sent += done
        ahead = (sent + refused) / rate - (time.monotonic() - begin)
        if ahead > 0:
            time.sleep(ahead)
    print(json.dumps({"sent": sent, "refused": refused, "seconds": round(time.monotonic() - begin, 3)}))


main()
