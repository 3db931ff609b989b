"""Biome streams of Dana Reyes' phone, written by hand.

SEGB: cclgroupltd/ccl-segb (ccl_segb1.py, ccl_segb2.py); fields of the payload: abrignoni/iLEAPP biomeAppinstall.py and
biomeWifi.py. A deleted entry has its payload overwritten with zeros, as in SecurityRonin/segb-forensic tests/data/biome.
"""

import struct
import zlib

from protobuf_sample import field

PLATFORM = "ios"

T = 1_700_000_000 - 978_307_200  # 2023-11-14T22:13:20Z
STREAMS = "private/var/mobile/Library/Biome/streams/restricted"


def event(stream, start, end, value, guid):
    """A _DKEvent."""
    return (field(1, field(1, stream) + field(2, field(1, 1) + field(2, 3))) + field(2, float(start)) + field(3, float(end))
            + field(4, field(1, field(1, 1) + field(2, 3)) + field(3, value)) + field(5, guid) + field(8, float(end + 1)) + field(10, 1))


def version_1(entries):
    body = b""
    for state, time, payload in entries:
        crc = zlib.crc32(payload) if state == 1 else 0
        if state == 3:
            payload = bytes(len(payload))
        body += struct.pack("<iiddIi", len(payload), state, time, time, crc, 0) + payload
        body += bytes(-len(body) % 8)
    return (struct.pack("<I", 56 + len(body)) + bytes(48) + b"SEGB" + body).ljust(16384, b"\0")


def version_2(entries):
    body, trailer = b"", b""
    for state, time, payload in entries:
        crc = zlib.crc32(payload)
        if state == 3:
            payload = bytes(len(payload))
        body += struct.pack("<Ii", crc if state == 1 else 0, 0) + payload
        trailer = struct.pack("<iid", len(body), state, time) + trailer
        body += bytes(-len(body) % 4)
    head = b"SEGB" + struct.pack("<id", len(entries), entries[0][1]) + bytes(16)
    return head + body + bytes(16384 - len(head) - len(body) - len(trailer)) + trailer


def write(root, stream, content):
    path = root / STREAMS / stream / "local/721000000000000"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def build(root):
    guid = "0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0"
    write(root, "App.Install", version_2([
        (1, T + 10.5, event("/app/install", T, T + 10, "net.whatsapp.WhatsApp", guid)),
        (3, T + 20.5, event("/app/install", T + 15, T + 20, "org.example.removed", guid)),
    ]))
    write(root, "_DKEvent.Wifi.Connection", version_1([
        (1, T + 60.5, event("/wifi/connection", T + 30, T + 60, "Harbour Café", guid)),
        (3, T + 90.5, event("/wifi/connection", T + 70, T + 90, "gone", guid)),
    ]))
