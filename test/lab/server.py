"""Answers as an ordinary server would; prints "ready" when it does.

usage: server.py tcp PORT       answers a line with a line and closes
       server.py dns            answers every query on UDP port 53 with 192.0.2.1
       server.py silent PORT    takes UDP datagrams and answers none
"""

import socket
import socketserver
import struct
import sys


class Line(socketserver.StreamRequestHandler):
    def handle(self):
        self.rfile.readline()
        self.wfile.write(b"I am here\n")


class Dns(socketserver.DatagramRequestHandler):
    def handle(self):
        query = self.rfile.read()
        answer = struct.pack("!3HI", 0xC00C, 1, 1, 60) + struct.pack("!H", 4) + socket.inet_aton("192.0.2.1")
        self.wfile.write(query[:2] + struct.pack("!5H", 0x8180, 1, 1, 0, 0) + query[12:] + answer)


class Silent(socketserver.BaseRequestHandler):
    def handle(self):
        pass


def main(kind, port="53"):
    address = ("", int(port))
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    if kind == "tcp":
        server = socketserver.ThreadingTCPServer(address, Line)
    else:
        server = socketserver.UDPServer(address, Dns if kind == "dns" else Silent)
    print("ready", flush=True)
    server.serve_forever()


main(*sys.argv[1:])
