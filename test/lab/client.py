"""Asks as an ordinary program would, and says how many requests were answered.

usage: client.py tcp ADDRESS PORT COUNT SECONDS       connects, sends a line, waits for one
       client.py dns ADDRESS NAME COUNT SECONDS       asks UDP port 53 for the name's IPv4 address
       client.py multicast INTERFACE_ADDRESS TEXT     sends one datagram to 239.255.0.1, asks nothing

The requests are made side by side, 0.1 seconds apart, each from a port of its own.
"""

import concurrent.futures
import socket
import struct
import sys
import time


def ask_tcp(address, port, seconds):
    try:
        with socket.create_connection((address, int(port)), seconds) as connection:
            connection.sendall(b"are you there?\n")
            return connection.recv(100) != b""
    except OSError:
        return False


def ask_dns(address, name, seconds, identifier):
    question = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    query = struct.pack("!6H", identifier, 0x0100, 1, 0, 0, 0) + question + b"\0" + struct.pack("!2H", 1, 1)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as asker:
        asker.settimeout(seconds)
        try:
            asker.connect((address, 53))
            asker.send(query)
            return asker.recv(512)[:2] == query[:2]
        except OSError:
            return False


def multicast(interface, text):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
        sender.sendto(text.encode(), ("239.255.0.1", 9))


def main(kind, *rest):
    if kind == "multicast":
        multicast(*rest)
        return
    address, what, count, seconds = rest[0], rest[1], int(rest[2]), float(rest[3])
    with concurrent.futures.ThreadPoolExecutor(count) as threads:
        answers = []
        for at in range(count):
            if kind == "tcp":
                answers.append(threads.submit(ask_tcp, address, what, seconds))
            else:
                answers.append(threads.submit(ask_dns, address, what, seconds, 0x4A00 + at))
            time.sleep(0.1)
        answered = sum(answer.result() for answer in answers)
    print(f"{count} requests, {answered} answered")
    sys.exit(0 if answered == count else 1)


main(*sys.argv[1:])
