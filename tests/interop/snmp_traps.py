#!/usr/bin/env python3
"""Listens for SNMP traps on port 162 and prints one line for each: sender's port, then all of the trap that
is the same whenever it is sent (not the request id and the uptime). With an argument, the address to listen
on."""

import socket
import sys

UPTIME = "1.3.6.1.2.1.1.3.0"


def element(data):
    """(tag, content, rest) of the first element of data"""
    tag, length, at = data[0], data[1], 2
    if length >= 0x80:
        at += length & 0x7f
        length = int.from_bytes(data[2:at], "big")
    return tag, data[at:at + length], data[at + length:]


def elements(data):
    found = []
    while data:
        tag, content, data = element(data)
        found.append((tag, content))
    return found


def oid(data):
    numbers, number = [data[0] // 40, data[0] % 40], 0
    for byte in data[1:]:
        number = number << 7 | byte & 0x7f
        if byte < 0x80:
            numbers.append(number)
            number = 0
    return ".".join(str(n) for n in numbers)


def value(tag, data):
    if tag == 6:
        return oid(data)
    return f"{tag:#x}:{data.decode() if tag == 4 else int.from_bytes(data, 'big')}"


def trap(data):
    (_, message), = elements(data)
    (_, version), (_, community), (kind, pdu) = elements(message)
    _, (_, status), (_, index), (_, variables) = elements(pdu)
    text = [f"version {version.hex()}", community.decode(), f"kind {kind:#x}", status.hex(), index.hex()]
    for _, variable in elements(variables):
        (_, name), (tag, content) = elements(variable)
        text.append(f"{oid(name)}={hex(tag) if oid(name) == UPTIME else value(tag, content)}")
    return " ".join(text)


def main():
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind((sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1", 162))
    while True:
        data, sender = listener.recvfrom(65536)
        print(sender[1], trap(data), flush=True)


main()
