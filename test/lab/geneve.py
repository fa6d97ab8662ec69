"""One end of a Geneve tunnel (RFC 8926) in user space, for kernels built without the device: moves frames
between a TAP device, which it makes, and UDP port 6081. The device may be moved to another namespace.

usage: geneve.py DEVICE VNI REMOTE      prints "ready" when device and socket are there

Every packet carries one option of 4 bytes of data, so that a reader has options to skip.
"""

import fcntl
import os
import select
import socket
import struct
import sys

PORT = 6081
TRANS_ETHER = 0x6558
TUNSETIFF = 0x400454CA
IFF_TAP_NO_PI = 0x0002 | 0x1000
# Option class 0x0102 (Open Virtual Networking), type 0, one word: ingress and egress port.
OPTION = struct.pack("!HBBHH", 0x0102, 0x00, 1, 1, 2)


def open_tap(name):
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP_NO_PI))
    return tap


def payload_of(packet, vni):
    """The frame in a Geneve packet of this VNI; None for any other packet."""
    if len(packet) < 8 or packet[0] >> 6 != 0 or int.from_bytes(packet[4:7], "big") != vni:
        return None
    if struct.unpack_from("!H", packet, 2)[0] != TRANS_ETHER:
        return None
    return packet[8 + (packet[0] & 0x3F) * 4 :]


def main(device, vni, remote):
    vni = int(vni)
    tap = open_tap(device)
    outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    outside.bind(("", PORT))
    header = struct.pack("!BBHI", len(OPTION) // 4, 0, TRANS_ETHER, vni << 8) + OPTION
    print("ready", flush=True)
    while True:
        for ready in select.select([tap, outside], [], [])[0]:
            if ready == tap:
                try:
                    outside.sendto(header + os.read(tap, 65535), (remote, PORT))
                except OSError:
                    continue
            else:
                frame = payload_of(outside.recv(65535), vni)
                if frame:
                    os.write(tap, frame)


main(*sys.argv[1:])
